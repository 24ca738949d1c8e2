import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { runProgram } from './run-program.js';

const PROGRAM = '/usr/sbin/Orthanc';
/** Of the package orthanc-dicomweb. */
const DICOMWEB = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';
const START_DEADLINE_MS = 30_000;

/** Orthanc as Debian ships it, with an empty database of its own: the peer that we compare ourselves with. */
export class Orthanc {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly dicomPort: number,
    readonly httpPort: number,
  ) {}

  static async start(): Promise<Orthanc> {
    if (!existsSync(PROGRAM) || !existsSync(DICOMWEB))
      throw new Error('Orthanc is missing: apt-get install --no-install-recommends orthanc orthanc-dicomweb');
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-orthanc-'));
    const [dicomPort, httpPort] = [await freePort(), await freePort()];
    const settings = join(folder, 'orthanc.json');
    writeFileSync(
      settings,
      JSON.stringify({
        StorageDirectory: join(folder, 'storage'),
        IndexDirectory: join(folder, 'storage'),
        DicomAet: 'ORTHANC',
        DicomPort: dicomPort,
        HttpPort: httpPort,
        RemoteAccessAllowed: false,
        DicomAlwaysAllowStore: true,
        Plugins: [DICOMWEB],
      }),
    );
    const child = spawn(PROGRAM, [settings], { stdio: 'ignore', env: { ...process.env, TCP_NODELAY: '1' } });
    const orthanc = new Orthanc(child, folder, dicomPort, httpPort);
    const deadline = Date.now() + START_DEADLINE_MS;
    const echo = ['-to', '2', '-aec', 'ORTHANC', '127.0.0.1', String(dicomPort)];
    while ((await runProgram('/usr/bin/echoscu', echo)).code !== 0) {
      if (Date.now() > deadline) {
        await orthanc.close();
        throw new Error('Orthanc does not answer');
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return orthanc;
  }

  get storeUrl(): string {
    return `http://127.0.0.1:${this.httpPort}/dicom-web/studies`;
  }

  async close(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
