import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account, Patient } from '@vitrine/identity';
import type { Settings } from '@vitrine/kernel';
import type { DoorLimits } from '../src/arrivals/door.js';
import { dcmtk, type ToolResult } from './dcmtk.js';
import { ExchangeBench, type Doors, type SentFile } from './exchange-bench.js';

const HOST = '127.0.0.1';

interface DoorBenchOptions {
  readonly bytesPerPatient?: number;
  readonly tls?: NonNullable<Settings['dicom']>['tls'];
  readonly limits?: Partial<DoorLimits>;
  readonly ftps?: Settings['ftps'];
  /** See `ExchangeBench.openIn`. */
  readonly folder?: string;
  readonly clamdSocket?: string;
  /** What the provider's PACS calls itself; no two of one data root can be called the same. */
  readonly pacs?: string;
}

/** A listening door with one provider who has a PACS, and one patient who made a code. */
export class DoorBench {
  private readonly folder = mkdtempSync(join(tmpdir(), 'vitrine-door-'));
  port = 0;
  provider!: Account;
  patient!: { account: Account; patient: Patient };
  inboxAeTitle = '';
  /** The deposit code as a called title. */
  code = '';
  private folders = 0;

  private constructor(
    readonly bench: ExchangeBench,
    private readonly limits: Partial<DoorLimits>,
    private readonly pacs: string,
  ) {}

  static async open({
    bytesPerPatient,
    tls,
    limits = {},
    folder,
    ftps,
    clamdSocket,
    pacs = 'PACS',
  }: DoorBenchOptions = {}): Promise<DoorBench> {
    const doors: Doors = { dicom: { host: HOST, port: 0, tls }, ftps, clamdSocket };
    const bench =
      folder === undefined
        ? await ExchangeBench.open(bytesPerPatient, doors)
        : await ExchangeBench.openIn(folder, doors);
    const door = new DoorBench(bench, limits, pacs);
    door.provider = await bench.account('provider', 'Dr Weber', 'City Radiology');
    door.patient = await bench.patient();
    const draft = { name: 'PACS of the city', callingAeTitle: pacs, addresses: ['127.0.0.0/8'] };
    door.inboxAeTitle = (await bench.nodes.register(door.provider, draft)).inboxAeTitle;
    door.code = await door.newCode();
    await door.listen();
    return door;
  }

  async newCode(maximumUses = 10): Promise<string> {
    const draft = { label: 'City Radiology', expiresInDays: 30, maximumUses };
    return (await this.bench.depositCodes.create(this.patient, draft)).secret.replaceAll('-', '');
  }

  /** Lets a system of the provider read the patient's record; answers the title for it. */
  async newReadingTitle(callingAeTitle = 'PACS', expiresInDays = 30): Promise<string> {
    return (await this.bench.readings.create(this.patient, { callingAeTitle, expiresInDays })).aeTitle;
  }

  /** Files that the patient adds, and so keeps. */
  async add(files: readonly SentFile[]): Promise<void> {
    const { account, patient } = this.patient;
    const begun = await this.bench.imports.beginOwn(account, patient);
    await this.bench.send(account, begun, files);
  }

  /** The process ends as it should and begins again. */
  async restart(): Promise<void> {
    await this.bench.door.onModuleDestroy();
    await this.bench.start();
    await this.listen();
  }

  /** The process was killed and begins again: nothing of what it wanted to do still happens. */
  async killed(): Promise<void> {
    await this.bench.door.forget();
    await this.bench.start();
    await this.listen();
  }

  /** The arguments by which a program of dcmtk reaches us. */
  target(called = this.code, calling = this.pacs): string[] {
    return ['-aet', calling, '-aec', called, HOST, String(this.port)];
  }

  /** Sends files by storescu as they are, each kind in a context of its own. */
  store(files: readonly string[], called = this.code, ...options: string[]): Promise<ToolResult> {
    return dcmtk('storescu', '-v', ...options, '-R', ...this.target(called), ...files);
  }

  /** Writes files to a folder that the end of the test removes; answers their paths. */
  written(files: readonly SentFile[]): string[] {
    const set = this.folders++;
    return files.map(({ name, bytes }, index) => {
      const path = join(this.folder, `${set}-${index}-${name.replaceAll('/', '-')}`);
      writeFileSync(path, bytes);
      return path;
    });
  }

  /** Waits until what arrived has been examined. */
  async settled(): Promise<void> {
    await this.bench.door.settle();
    await this.bench.runner.idle();
  }

  /** The bytes of every file that was deposited with the patient. */
  async deposited(): Promise<Buffer[]> {
    const { id } = this.patient.patient;
    const found: Buffer[] = [];
    for (const item of await this.bench.records.list(id))
      for (const file of (await this.bench.records.withFiles(id, item.id)).files) {
        const parts: Buffer[] = [];
        for await (const part of await this.bench.vault.open(id, file.blobId)) parts.push(part as Buffer);
        found.push(Buffer.concat(parts));
      }
    return found;
  }

  async close(): Promise<void> {
    await this.bench.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async listen(): Promise<void> {
    this.port = (await this.bench.door.open(this.limits)) ?? 0;
  }
}
