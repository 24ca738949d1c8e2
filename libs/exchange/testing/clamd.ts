import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { delay } from '@vitrine/kernel';
import { scanStream } from '../src/scanner/clamd.js';

const PROGRAM = '/usr/sbin/clamd';

/** What the only signature of the test recognises; harmless, and in no file of anybody. */
export const MALWARE = 'Vitrine test malware: c0ffee-7b1d-44a2';
/** `UNOFFICIAL` is added by ClamAV to what does not come from its own makers. */
export const SIGNATURE = 'Vitrine.Test.Malware.UNOFFICIAL';
/** `StreamMaxLength` of the test. */
export const LARGEST_SCANNED_BYTES = 1024 ** 2;

export const hasClamd = (): boolean => {
  if (existsSync(PROGRAM)) return true;
  process.stderr.write(
    `Tests with ClamAV are skipped: there is no ${PROGRAM} (Debian package clamav-daemon).\n`,
  );
  return false;
};

/** A real clamd with one signature, on a Unix socket in a folder of its own. */
export class TestClamd {
  private readonly folder = mkdtempSync(join(tmpdir(), 'vitrine-clamd-'));
  readonly socketPath = join(this.folder, 'clamd.sock');
  private process: ChildProcess | undefined;

  constructor() {
    const database = join(this.folder, 'database');
    mkdirSync(database);
    const hex = Buffer.from(MALWARE).toString('hex');
    writeFileSync(join(database, 'test.ndb'), `Vitrine.Test.Malware:0:*:${hex}\n`);
    const settings = [
      'Foreground yes',
      `DatabaseDirectory ${database}`,
      `LocalSocket ${this.socketPath}`,
      `StreamMaxLength ${LARGEST_SCANNED_BYTES}`,
      `TemporaryDirectory ${this.folder}`,
    ];
    writeFileSync(join(this.folder, 'clamd.conf'), `${settings.join('\n')}\n`);
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    this.process = spawn(PROGRAM, ['--config-file', join(this.folder, 'clamd.conf')], { stdio: 'ignore' });
    const deadline = performance.now() + 60_000;
    while (!(await this.answers())) {
      if (this.process.exitCode !== null || performance.now() > deadline)
        throw new Error('clamd does not start');
      await delay(100);
    }
  }

  async stop(): Promise<void> {
    const { process } = this;
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const gone = once(process, 'exit');
    process.kill('SIGKILL');
    await gone;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private answers(): Promise<boolean> {
    return scanStream(
      this.socketPath,
      // eslint-disable-next-line @typescript-eslint/require-await
      (async function* () {
        yield Buffer.from('hello');
      })(),
      1_000,
    ).then(
      () => true,
      () => false,
    );
  }
}
