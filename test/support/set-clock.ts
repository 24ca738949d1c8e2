import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MACHINE = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
/** Debian: faketime. */
const LIBRARY = `/usr/lib/${MACHINE}-linux-gnu/faketime/libfaketimeMT.so.1`;
/** The library reads the file this often (s). */
const LOOKS_EVERY_S = 1;

/** The time of day of the processes that are started with its `environment`, and of nobody else on this machine. */
export class SetClock {
  private readonly folder = mkdtempSync(join(tmpdir(), 'vitrine-clock-'));
  private aheadMs = 0;

  private constructor() {
    // Whoever the processes run as reads it.
    chmodSync(this.folder, 0o755);
    this.write();
  }

  /** Undefined, with the reason printed, where the library is not installed. */
  static make(): SetClock | undefined {
    if (existsSync(LIBRARY)) return new SetClock();
    process.stderr.write(`The clock is not set: ${LIBRARY} is not there (Debian: faketime).\n`);
    return undefined;
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_CACHE_DURATION: String(LOOKS_EVERY_S),
      // The kernel's steady clock is not set on any machine; nor are the times of files.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }

  /** The time of day that the processes have. */
  now(): number {
    return Date.now() + this.aheadMs;
  }

  /** Forward, or back if negative. Returns when the processes have it. */
  async setBy(ms: number): Promise<void> {
    this.aheadMs += ms;
    this.write();
    await new Promise((resolve) => setTimeout(resolve, 2 * LOOKS_EVERY_S * 1000));
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  private get file(): string {
    return join(this.folder, 'offset');
  }

  private write(): void {
    const seconds = this.aheadMs / 1000;
    writeFileSync(`${this.file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`, { mode: 0o644 });
    renameSync(`${this.file}.new`, this.file);
  }
}
