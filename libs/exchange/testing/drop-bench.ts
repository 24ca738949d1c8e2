import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TEST_CERTIFICATE, TEST_KEY } from '@vitrine/ftps/testing';
import type { Account, Patient } from '@vitrine/identity';
import type { FtpsSettings } from '@vitrine/kernel';
import type { DropLimits } from '../src/ftps-door/ftps-door.js';
import type { ToolResult } from './dcmtk.js';
import { ExchangeBench, type SentFile } from './exchange-bench.js';

const HOST = '127.0.0.1';

interface DropBenchOptions {
  readonly bytesPerPatient?: number;
  readonly limits?: Partial<DropLimits>;
}

/** The settings of an FTPS drop for tests; its key and certificate are written into the folder. */
export function testFtps(folder: string): FtpsSettings {
  const tls = { key: join(folder, 'ftps.key'), cert: join(folder, 'ftps.pem') };
  writeFileSync(tls.key, TEST_KEY, { mode: 0o600 });
  writeFileSync(tls.cert, TEST_CERTIFICATE);
  return { host: HOST, port: 0, tls, passivePorts: undefined, passiveAddress: undefined };
}

export function hasFtpPrograms(): boolean {
  const missing = ['/usr/bin/lftp', '/usr/bin/curl'].filter((path) => !existsSync(path));
  if (missing.length === 0) return true;
  process.stderr.write(`Tests with clients of FTP are skipped: there is no ${missing.join(' and no ')}.\n`);
  return false;
}

/** A listening FTPS drop with one provider who has a login, and one patient who made a code. */
export class DropBench {
  port = 0;
  provider!: Account;
  patient!: { account: Account; patient: Patient };
  user = '';
  password = '';
  /** The deposit code without hyphens. */
  code = '';

  private constructor(
    /** Removed at the end. */
    readonly folder: string,
    readonly ftps: FtpsSettings,
    readonly bench: ExchangeBench,
    private readonly limits: Partial<DropLimits>,
  ) {}

  static async open({ bytesPerPatient, limits = {} }: DropBenchOptions = {}): Promise<DropBench> {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-drop-'));
    const ftps = testFtps(folder);
    const drop = new DropBench(folder, ftps, await ExchangeBench.open(bytesPerPatient, { ftps }), limits);
    drop.provider = await drop.bench.account('provider', 'Dr Weber', 'City Radiology');
    drop.patient = await drop.bench.patient();
    await drop.newLogin();
    drop.code = await drop.newCode();
    await drop.listen();
    return drop;
  }

  async newLogin(): Promise<void> {
    const { ftps, password } = await this.bench.ftpsAccounts.make(this.provider);
    this.user = ftps.userName;
    this.password = password;
  }

  async newCode(maximumUses = 10): Promise<string> {
    const draft = { label: 'City Radiology', expiresInDays: 30, maximumUses };
    return (await this.bench.depositCodes.create(this.patient, draft)).secret.replaceAll('-', '');
  }

  /** Runs `curl` against a path of the drop. */
  curl(path: string, ...options: string[]): Promise<ToolResult> {
    const login = ['-u', `${this.user}:${this.password}`, '--cacert', this.ftps.tls.cert];
    const url = `ftp://${HOST}:${this.port}/${path}`;
    return run('/usr/bin/curl', ['-sS', '--max-time', '60', '--ssl-reqd', ...login, ...options, url]);
  }

  /** Runs a script of `lftp` that is connected already. */
  lftp(...script: string[]): Promise<ToolResult> {
    const lines = [...this.lftpStart(), ...script];
    return run('/usr/bin/lftp', ['--norc', '-c', lines.join('; ')]);
  }

  /** What `docs/doors/ftps.md` says to write, and few tries. */
  lftpStart(): string[] {
    return [
      'set ftp:ssl-force true',
      'set ftp:ssl-protect-data true',
      `set ssl:ca-file ${this.ftps.tls.cert}`,
      'set net:max-retries 3',
      'set net:reconnect-interval-base 1',
      'set net:timeout 20',
      `open -u ${this.user},${this.password} -p ${this.port} ${HOST}`,
    ];
  }

  /** Writes a tree of files; answers where it is. */
  written(set: string, files: readonly SentFile[]): string {
    const root = join(this.folder, set);
    for (const { name, bytes } of files) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), bytes);
    }
    return root;
  }

  /** Waits until what arrived has been examined. */
  async settled(): Promise<void> {
    await this.bench.drop.settle();
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

  /** The process was killed and begins again: nothing of what it wanted to do still happens. */
  async killed(): Promise<void> {
    await this.bench.drop.forget();
    await this.bench.start();
    await this.bench.inbox.recover();
    await this.listen();
  }

  async close(): Promise<void> {
    await this.bench.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async listen(): Promise<void> {
    this.port = (await this.bench.drop.open(this.limits)) ?? 0;
  }
}

/** Never rejects for what a program says: the code and all that it printed are the answer. */
const run = (program: string, args: readonly string[]): Promise<ToolResult> =>
  new Promise((resolve) => {
    execFile(program, [...args], { timeout: 90_000, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({
        code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1,
        output: stdout + stderr,
      }),
    );
  });
