import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { TEST_CERTIFICATE, TEST_KEY } from '@vitrine/ftps/testing';
import type { SampleFile } from '@vitrine/samples';
import { ApiClient } from './api-client.js';
import { until } from './browser.js';
import { ExamplePage, startedAs } from './example-page.js';
import { freePort } from './free-port.js';
import { PASSWORD } from './pages.js';
import { firstSignIn, made } from './people.js';
import { Stack } from './stack.js';

const DIMSE = 'docs/doors/dimse.md';
const FTPS = 'docs/doors/ftps.md';

interface Item {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly count: number;
}

/** Somebody who has an account, and what the examples want for signing in. */
export interface Reader {
  readonly client: ApiClient;
  readonly signIn: { readonly SITE: string; readonly EMAIL: string; readonly PASSWORD: string };
}

/** The product with all doors open, as their pages tell an operator, and readers of those pages. */
export class DoorsBench {
  /** Where readers work; their certificates lie here. */
  readonly home = mkdtempSync(join(tmpdir(), 'vitrine-doors-'));
  stack!: Stack;
  /** A second installation, which takes DICOM by TLS only. */
  withTls!: Stack;
  dicomPort = 0;
  tlsPort = 0;
  ftpsPort = 0;
  private readonly admins = new Map<Stack, ApiClient>();
  private readonly pages: ExamplePage[] = [];
  private people = 0;

  static async open(): Promise<DoorsBench> {
    const bench = new DoorsBench();
    await bench.start();
    return bench;
  }

  /** A page whose reader has these files at hand. */
  page(path: string, files: readonly SampleFile[] = [], user = {}): { page: ExamplePage; folder: string } {
    const folder = join(this.home, basename(path, '.md'));
    mkdirSync(folder);
    for (const { name, bytes } of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    const page = new ExamplePage(path, folder, { HOME: this.home }, user);
    this.pages.push(page);
    return { page, folder };
  }

  async patient(): Promise<Reader> {
    const client = new ApiClient(this.stack);
    const email = `jane${++this.people}@example.org`;
    await client.call('POST', '/api/sign-up', {
      ...{ name: 'Jane Doe', email, password: PASSWORD, birthDate: '1951-04-02' },
    });
    return { client, signIn: { SITE: this.stack.origin, EMAIL: email, PASSWORD } };
  }

  async provider(on = this.stack): Promise<Reader> {
    const first = on.people.find(({ role }) => role === 'admin');
    const admin = this.admins.get(on) ?? (await firstSignIn(on, first));
    this.admins.set(on, admin);
    const name = `radiology${++this.people}`;
    const client = await made(admin, name, 'provider', 'City Radiology');
    return { client, signIn: { SITE: on.origin, EMAIL: `${name}@example.org`, PASSWORD } };
  }

  async newCode({ client }: Reader): Promise<string> {
    const draft = { label: 'City Radiology' };
    return (await client.call<{ secret: string }>('POST', '/api/deposit-codes', draft)).secret;
  }

  async newToken({ client }: Reader, scope: string): Promise<string> {
    const draft = { label: 'A program', scope };
    return (await client.call<{ secret: string }>('POST', '/api/access-tokens', draft)).secret;
  }

  async record({ client }: Reader): Promise<readonly Item[]> {
    return (await client.call<{ items: Item[] }>('GET', '/api/record')).items;
  }

  /** “imaging pending 3”: each item of a record, sorted. */
  async kinds(reader: Reader): Promise<readonly string[]> {
    return (await this.record(reader)).map(({ kind, state, count }) => `${kind} ${state} ${count}`).sort();
  }

  /** Waits until this is all that the record has. */
  inRecord(reader: Reader, ...wanted: string[]): Promise<readonly string[]> {
    const look = () => this.kinds(reader);
    return until('the record', look, (seen) => seen.join() === wanted.join());
  }

  /** Waits until something has come to a provider's inbox. */
  async inInbox({ client }: Reader, description: string): Promise<void> {
    await until(
      'the inbox',
      () => client.call<readonly { description: string; state: string }[]>('GET', '/api/inbox'),
      (seen) => seen.some((one) => one.description === description && one.state === 'waiting'),
    );
  }

  async close(): Promise<void> {
    for (const page of this.pages) page.kill();
    const notRun = new Set(this.pages.flatMap((page) => [...page.notRun]));
    process.stdout.write(`Examples that were not run:\n${[...notRun].map((one) => `  ${one}\n`).join('')}`);
    await this.stack.close();
    await this.withTls.close();
    rmSync(this.home, { recursive: true });
  }

  private async start(): Promise<void> {
    // The user as whom Vitrine runs has to get to the certificates.
    chmodSync(this.home, 0o711);
    for (const name of ['server', 'client']) {
      writeFileSync(join(this.home, `${name}.key`), TEST_KEY);
      writeFileSync(join(this.home, `${name}.pem`), TEST_CERTIFICATE);
    }
    // It vouches for itself.
    writeFileSync(join(this.home, 'senders.pem'), TEST_CERTIFICATE);
    // What each program of a reader does: it trusts the certificate, and fails when the answer is no.
    writeFileSync(join(this.home, '.lftprc'), `set ssl:ca-file ${this.home}/server.pem\n`);
    writeFileSync(join(this.home, '.curlrc'), `cacert = ${this.home}/server.pem\nfail-with-body\n`);
    [this.dicomPort, this.tlsPort, this.ftpsPort] = [await freePort(), await freePort(), await freePort()];
    this.stack = await Stack.start({
      ...startedAs(DIMSE, 'VITRINE_DICOM_HOST=0.0.0.0 npm', this.own(this.dicomPort)),
      ...startedAs(FTPS, 'VITRINE_FTPS_PORT', this.own(this.dicomPort)),
    });
    this.withTls = await Stack.start(startedAs(DIMSE, 'VITRINE_DICOM_TLS_KEY', this.own(this.tlsPort)));
  }

  /** Settings as a page has them, with files and ports that are there. */
  private own(dicomPort: number): (name: string, value: string) => string {
    return (name, value) => {
      if (name.endsWith('_HOST')) return '127.0.0.1';
      if (name === 'VITRINE_DICOM_PORT') return String(dicomPort);
      if (name === 'VITRINE_FTPS_PORT') return String(this.ftpsPort);
      return /\.(key|pem)$/.test(value) ? join(this.home, value) : value;
    };
  }
}
