import { createServer, type Server } from 'node:http';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { AuditEvent, AuditService } from '@vitrine/audit';
import { DepositCode, DepositCodes } from '@vitrine/delegation';
import { DriveService, DriveTransfer } from '@vitrine/drive';
import { Account, Patient, type Role } from '@vitrine/identity';
import { newId, Problem, type Settings } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { databaseIn, testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { ImageIndex, ItemAssembler, RecordFile, RecordItem, RecordsService } from '@vitrine/records';
import type { SessionHost } from '@vitrine/session-host';
import type { BlobChecks, KeyProvider, KeyRing, VaultService } from '@vitrine/vault';
import { newProvider, providerIn, sweepAll, testVault } from '@vitrine/vault/testing';
import { Destinations } from '../src/arrivals/destinations.js';
import { DicomDoor } from '../src/dicom-door/dicom-door.js';
import { DicomInbox } from '../src/dicom-door/dicom-inbox.service.js';
import { DicomNode } from '../src/dicom-door/dicom-node.entity.js';
import { DicomNodes } from '../src/dicom-door/dicom-nodes.service.js';
import { ReadingAddress } from '../src/dicom-door/reading-address.entity.js';
import { ReadingAddresses } from '../src/dicom-door/reading-addresses.service.js';
import { InboxStudy } from '../src/dicom-door/inbox-study.entity.js';
import { FtpsAccount } from '../src/ftps-door/ftps-account.entity.js';
import { FtpsAccounts } from '../src/ftps-door/ftps-accounts.service.js';
import { FtpsDoor } from '../src/ftps-door/ftps-door.js';
import { InstanceStore } from '../src/dicomweb/instance-store.js';
import { ExportLocks } from '../src/export/export-locks.js';
import { ExportService } from '../src/export/export.service.js';
import { ImportRunner } from '../src/import-runner.js';
import type { ImportView } from '../src/import-view.js';
import { Import } from '../src/import.entity.js';
import { ImportsService } from '../src/imports.service.js';
import { PictureGuest } from '../src/pictures/picture-guest.js';
import { ThumbnailService } from '../src/pictures/thumbnail.service.js';
import { VirusScanner } from '../src/scanner/virus-scanner.js';
import { ViewerResults } from '../src/viewer-results.js';
import { UploadServer } from '../src/uploads/upload-server.js';
import { UploadSeals } from '../src/uploads/upload-seals.js';
import { UploadStore } from '../src/uploads/upload-store.js';
import { ENTITIES } from './exchange-entities.js';
import { SharedExaminers } from './shared-examiner.js';

export { SharedExaminer, sharedExaminer } from './shared-examiner.js';

/** Which doors the operator opened. */
export type Doors = Partial<Pick<Settings, 'dicom' | 'ftps' | 'clamdSocket'>>;

// A connection that is kept may just be closed from the other side when the next request is sent.
const TUS = { 'Tus-Resumable': '1.0.0', Connection: 'close' };

export interface SentFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Everything from upload to record over a real database and real files; without an engine, so without thumbnails. */
export class ExchangeBench {
  readonly clock = new FakeClock();
  readonly settings: Settings;
  keys!: KeyRing;
  database!: TestDatabase;
  imports!: ImportsService;
  runner!: ImportRunner;
  scanner!: VirusScanner;
  records!: RecordsService;
  drive!: DriveService;
  transfer!: DriveTransfer;
  vault!: VaultService;
  uploads!: UploadStore;
  uploadServer!: UploadServer;
  results!: ViewerResults;
  instances!: InstanceStore;
  depositCodes!: DepositCodes;
  nodes!: DicomNodes;
  readings!: ReadingAddresses;
  images!: ImageIndex;
  inbox!: DicomInbox;
  /** Opened by the test that wants it. */
  door!: DicomDoor;
  ftpsAccounts!: FtpsAccounts;
  /** Opened by the test that wants it. */
  drop!: FtpsDoor;
  checks!: BlobChecks;
  exports!: ExportService;
  readonly locks = new ExportLocks(this.clock);
  private http: Server | undefined;
  /** Who the next request is from. */
  sender = '';

  private constructor(
    readonly dataDir: string,
    bytesPerPatient: number,
    doors: Doors,
    readonly provider: KeyProvider,
  ) {
    this.settings = {
      dataDir,
      runDir: dataDir,
      publicUrl: 'http://localhost',
      vault: { bytesPerPatient },
      ...doors,
    } as Settings;
  }

  static async open(bytesPerPatient = 1024 ** 3, doors: Doors = {}): Promise<ExchangeBench> {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-exchange-'));
    const bench = new ExchangeBench(folder, bytesPerPatient, doors, newProvider());
    bench.database = await testDatabase(ENTITIES);
    await bench.start();
    return bench;
  }

  /** Over the data root `<folder>/data` with its own database, made when it is missing; the key lies beside it. */
  static async openIn(folder: string, doors: Doors = {}): Promise<ExchangeBench> {
    const dataDir = join(folder, 'data');
    mkdirSync(dataDir, { recursive: true });
    const bench = new ExchangeBench(dataDir, 1024 ** 3, doors, await providerIn(folder));
    bench.database = await databaseIn(dataDir, ENTITIES);
    await bench.start();
    return bench;
  }

  /** The process begins, as it does after it was killed. */
  async start(): Promise<void> {
    const { dataSource, transactor } = this.database;
    const { clock, settings } = this;
    const logger = pino({ level: 'silent' });
    const audit = new AuditService(dataSource.getRepository(AuditEvent), clock);
    const opened = testVault(this.database, this.dataDir, clock, {
      provider: this.provider,
      bytesPerPatient: settings.vault.bytesPerPatient,
    });
    this.vault = opened.vault;
    this.keys = opened.keys;
    this.checks = opened.checks;
    this.records = new RecordsService(
      dataSource.getRepository(RecordItem),
      dataSource.getRepository(RecordFile),
      transactor,
      this.vault,
      this.checks,
      audit,
      clock,
    );
    const transfer = (this.transfer = new DriveTransfer(dataSource, this.vault, clock));
    this.drive = new DriveService(dataSource, transactor, this.vault, clock);
    this.exports = new ExportService(
      this.records,
      transfer,
      this.vault,
      this.checks,
      this.locks,
      transactor,
      audit,
      logger,
    );
    const uploads = (this.uploads = new UploadStore(
      settings,
      new UploadSeals(dataSource.getRepository(Import), this.keys),
    ));
    await uploads.prepare();
    this.uploadServer = new UploadServer(
      uploads,
      dataSource.getRepository(Import),
      this.vault,
      settings,
      logger,
    );
    const nobody = { draw: () => Promise.reject(new Problem('hypervisor.image-missing')) };
    const guest = new PictureGuest(this.vault, nobody as unknown as SessionHost);
    const thumbnails = new ThumbnailService(this.records, guest, logger);
    const examiners = new SharedExaminers(uploads, this.vault, logger);
    this.runner = new ImportRunner(
      dataSource.getRepository(Import),
      dataSource.getRepository(Account),
      dataSource.getRepository(Patient),
      transactor,
      this.vault,
      new ItemAssembler(this.vault, clock),
      transfer,
      uploads,
      this.uploadServer,
      audit,
      thumbnails,
      examiners,
      (this.scanner = new VirusScanner(settings, logger)),
      clock,
      logger,
    );
    this.depositCodes = new DepositCodes(
      dataSource.getRepository(DepositCode),
      transactor,
      audit,
      clock,
      settings,
    );
    this.imports = new ImportsService(
      dataSource.getRepository(Import),
      transactor,
      this.depositCodes,
      this.records,
      this.vault,
      this.runner,
      uploads,
      this.uploadServer,
      thumbnails,
      clock,
      logger,
    );
    this.nodes = new DicomNodes(
      dataSource.getRepository(DicomNode),
      dataSource.getRepository(Account),
      transactor,
      audit,
      clock,
      settings,
    );
    this.readings = new ReadingAddresses(dataSource.getRepository(ReadingAddress), transactor, audit, clock);
    this.images = new ImageIndex(dataSource.getRepository(RecordFile), dataSource.getRepository(RecordItem));
    this.inbox = new DicomInbox(
      dataSource.getRepository(InboxStudy),
      transactor,
      this.imports,
      uploads,
      examiners,
      this.keys,
      clock,
      settings,
    );
    const destinations = new Destinations(this.depositCodes, this.imports, this.inbox);
    this.door = new DicomDoor(
      this.nodes,
      destinations,
      this.inbox,
      this.readings,
      this.images,
      this.vault,
      uploads,
      settings,
      logger,
    );
    this.ftpsAccounts = new FtpsAccounts(
      dataSource.getRepository(FtpsAccount),
      dataSource.getRepository(Account),
      transactor,
      audit,
      clock,
    );
    this.drop = new FtpsDoor(this.ftpsAccounts, destinations, uploads, clock, settings, logger);
    this.results = new ViewerResults(
      dataSource.getRepository(Import),
      transactor,
      uploads,
      this.runner,
      this.records,
      audit,
      clock,
      logger,
    );
    this.instances = new InstanceStore(this.imports, uploads, this.vault, examiners);
    await this.imports.onApplicationBootstrap();
    await sweepAll(this.vault);
  }

  async close(): Promise<void> {
    await this.end();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Ends; what is stored stays. */
  async end(): Promise<void> {
    await this.drop.onModuleDestroy();
    await this.door.onModuleDestroy();
    this.imports.onModuleDestroy();
    await this.runner.onModuleDestroy();
    this.http?.closeAllConnections();
    this.http?.close();
    await this.database.close();
  }

  async account(role: Role, name: string, organisation: string | null = null): Promise<Account> {
    const account: Account = {
      id: newId(),
      email: `${newId()}@example.org`,
      name,
      role,
      organisation,
      passwordHash: '',
      mustChangePassword: false,
      wrongPasswords: 0,
      lockedUntil: null,
      disabledAt: null,
      createdAt: this.clock.instant(),
    };
    await this.database.transactor.run((manager) => manager.insert(Account, account));
    return account;
  }

  async patient(name = 'Jane Doe', birthDate: string | null = '1951-04-02') {
    const account = await this.account('patient', name);
    const patient: Patient = {
      id: newId(),
      accountId: account.id,
      name,
      birthDate,
      createdAt: this.clock.instant(),
    };
    await this.database.transactor.run((manager) => manager.insert(Patient, patient));
    return { account, patient };
  }

  /** The address of the tus server; requests count as sent by `sender`. */
  async uploadUrl(): Promise<string> {
    const server = (this.http ??= createServer((request, response) => {
      void this.uploadServer.handle(this.sender, request, response);
    }));
    if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return `http://127.0.0.1:${address.port}/api/uploads`;
  }

  /** Announces an upload; answers its address. */
  async announce(importId: string, name: string, bytes: number): Promise<URL> {
    const text = (value: string) => Buffer.from(value).toString('base64');
    const created = await fetch(await this.uploadUrl(), {
      method: 'POST',
      headers: {
        ...TUS,
        'Upload-Length': String(bytes),
        'Upload-Metadata': `importId ${text(importId)},name ${text(name)}`,
      },
    });
    return new URL(created.headers.get('location') ?? '', await this.uploadUrl());
  }

  /** Sends a part of an announced upload. */
  patch(url: URL, offset: number, bytes: Uint8Array): Promise<Response> {
    return fetch(url, {
      method: 'PATCH',
      headers: { ...TUS, 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' },
      body: Buffer.from(bytes),
    });
  }

  /** How far an upload has come. */
  async offset(url: URL): Promise<number> {
    const head = await fetch(url, { method: 'HEAD', headers: TUS });
    return Number(head.headers.get('upload-offset'));
  }

  /** Sends one file whole; answers the status. */
  async upload(importId: string, { name, bytes }: SentFile): Promise<number> {
    const text = (value: string) => Buffer.from(value).toString('base64');
    const response = await fetch(await this.uploadUrl(), {
      method: 'POST',
      headers: {
        ...TUS,
        'Upload-Length': String(bytes.length),
        'Upload-Metadata': `importId ${text(importId)},name ${text(name)}`,
        'Content-Type': 'application/offset+octet-stream',
      },
      body: Buffer.from(bytes),
    });
    await response.arrayBuffer();
    return response.status;
  }

  /** Sends files and waits until they were examined. */
  async send(account: Account, begun: ImportView, files: readonly SentFile[]): Promise<ImportView> {
    this.sender = account.id;
    for (const file of files) {
      const status = await this.upload(begun.id, file);
      if (status !== 201) throw new Error(`upload answered ${status}`);
    }
    await this.imports.finish(account.id, begun.id);
    await this.runner.idle();
    return this.imports.get(account.id, begun.id);
  }

  /** What lies in the upload folder and in the vault. */
  /** What waits to be examined or kept. */
  leftovers(): string[] {
    return [join(this.dataDir, 'uploads'), this.vault.pendingFolder].flatMap(namesIn);
  }

  stored(patientId: string): string[] {
    return namesIn(join(this.dataDir, 'vault', patientId));
  }
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
