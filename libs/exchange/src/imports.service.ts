import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, LessThan, Repository, type EntityManager } from 'typeorm';
import { DepositCodes, type KnownProgram } from '@vitrine/delegation';
import { agentOf, type Account, type Patient } from '@vitrine/identity';
import { Clock, isId, LOGGER, newId, Problem, type Logger } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { Deposit, RecordsService } from '@vitrine/records';
import { VaultService } from '@vitrine/vault';
import { InboxStudy } from './dicom-door/inbox-study.entity.js';
import type { Objection, OfferedFile } from './import-examination.js';
import { ImportRunner, type ExaminedImport } from './import-runner.js';
import { importView, type ImportView } from './import-view.js';
import { Import, newImport } from './import.entity.js';
import { ThumbnailService } from './pictures/thumbnail.service.js';
import { UploadServer } from './uploads/upload-server.js';
import { UploadStore } from './uploads/upload-store.js';

const UNFINISHED_FOR_MS = 24 * 60 * 60_000;
const SWEEP_MS = 60 * 60_000;
const RECEIVING_AT_ONCE = 20;
const LISTED = 100;

/** Where an import goes, and what else is known of it when it begins. */
type ImportTarget = (
  manager: EntityManager,
) => Promise<Pick<Import, 'patientId' | 'depositCodeId'> & Partial<Import>>;

/** Takes files in: from the first byte of an upload to items in a record and a report of what was found. */
@Injectable()
export class ImportsService implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @InjectRepository(Import) private readonly imports: Repository<Import>,
    private readonly transactor: Transactor,
    private readonly depositCodes: DepositCodes,
    private readonly records: RecordsService,
    private readonly vault: VaultService,
    private readonly runner: ImportRunner,
    private readonly uploads: UploadStore,
    private readonly uploadServer: UploadServer,
    private readonly thumbnails: ThumbnailService,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Puts in order what an end without warning left, then takes up what was under way. */
  async onApplicationBootstrap(): Promise<void> {
    await this.uploads.prepare();
    const [files, blobs] = [await this.vault.sweepUnfinished(), await this.vault.sweepUnneeded()];
    await this.expire();
    const live = await this.imports.findBy({ state: In(['receiving', 'examining']) });
    const inbox = await this.imports.manager.find(InboxStudy, { select: { id: true } });
    const leftovers = await this.uploads.sweep(new Set([...live, ...inbox].map(({ id }) => id)));
    if (files + blobs + leftovers > 0)
      this.logger.info({ files, blobs, leftovers }, 'left-overs were removed');
    for (const one of live) {
      const { id, state, accessTokenId, senderId } = one;
      // Whoever sent it was not told of success and sends it again; what lies in the drive is offered again.
      if (accessTokenId !== null || (await this.isOfDrive(one))) await this.giveUp(id);
      else if (state === 'examining') this.runner.enqueue(id);
      // Who sent it was told that it is stored, and will not send it again.
      else if (senderId !== null) await this.settle(id);
    }
    this.thumbnails.enqueueMissing();
    this.timer = setInterval(() => void this.expire().catch(() => undefined), SWEEP_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Begins an import into the patient's own record. */
  async beginOwn(account: Account, patient: Patient): Promise<ImportView> {
    return this.begin(account, () => Promise.resolve({ patientId: patient.id, depositCodeId: null }));
  }

  /** Takes files that are already on this machine into the patient's own record, by the same way as uploads. */
  async addOwn(
    account: Account,
    patient: Patient,
    files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  ): Promise<ImportView> {
    const { id } = await this.beginOwn(account, patient);
    for (const { name, bytes } of files) await this.uploads.place(id, name, bytes);
    return this.finish(account.id, id);
  }

  /** Begins a deposit into the record of the patient who made the code; counts one use of it. */
  async beginDeposit(account: Account, depositCode: string): Promise<ImportView> {
    return this.begin(account, async (manager) => {
      const code = await this.depositCodes.use(manager, agentOf(account), depositCode);
      return { patientId: code.patientId, depositCodeId: code.id };
    });
  }

  /**
   * Begins a deposit that a system of the account sends, by DIMSE or FTPS. `room` are the bytes that the patient's record can
   * still take.
   */
  async beginBySystem(
    account: Account,
    depositCode: string,
    senderId: string,
  ): Promise<{ id: string; keyOwnerId: string; room: number }> {
    const { id, patientId } = await this.insert(account, async (manager) => {
      const code = await this.depositCodes.use(manager, agentOf(account), depositCode);
      return { patientId: code.patientId, depositCodeId: code.id, senderId };
    });
    return { id, keyOwnerId: patientId, room: await this.vault.roomFor(patientId) };
  }

  /** Everything of an import that ends by itself has arrived: examines it. Asking again changes nothing. */
  async settle(importId: string): Promise<void> {
    await this.transactor.run((manager) =>
      manager.update(Import, { id: importId, state: 'receiving' }, { state: 'examining' }),
    );
    if (await this.imports.existsBy({ id: importId, state: 'examining' })) this.runner.enqueue(importId);
  }

  /** Makes a deposit of files that are here already, under the id that they lie under. `take` hands them over. */
  async adopt(
    account: Account,
    depositCode: string,
    take: (manager: EntityManager) => Promise<Pick<Import, 'id' | 'senderId' | 'filesReceived'>>,
  ): Promise<void> {
    const { id } = await this.insert(account, async (manager) => {
      const taken = await take(manager);
      const code = await this.depositCodes.use(manager, agentOf(account), depositCode);
      return { ...taken, patientId: code.patientId, depositCodeId: code.id, state: 'examining' };
    });
    this.runner.enqueue(id);
  }

  /** Begins what a program sends in one request: into its patient's record, or as a deposit where a code let it in. */
  async beginByProgram({ account, token }: KnownProgram): Promise<string> {
    const { patientId, depositCodeId, id: accessTokenId } = token;
    const begun = await this.begin(account, () =>
      Promise.resolve({ patientId, depositCodeId, accessTokenId }),
    );
    return begun.id;
  }

  /** All of it came in: examines it and tells what became of each file. Throws what it failed of. */
  async examine(
    importId: string,
    files: readonly OfferedFile[],
    objection: Objection,
  ): Promise<ExaminedImport> {
    await this.examining(importId, files.length);
    return this.runner.examine(importId, { files, objection });
  }

  /** Ends an import of which nothing is to stay. */
  async giveUp(importId: string): Promise<void> {
    await this.transactor.run((manager) =>
      manager.update(
        Import,
        { id: importId, state: In(['receiving', 'examining']) },
        { state: 'failed', finishedAt: this.clock.instant() },
      ),
    );
    await this.uploads.remove(importId);
    this.uploadServer.forget(importId);
    this.runner.changed(importId);
  }

  /** All files were sent: examines them. Asking again changes nothing. */
  async finish(accountId: string, importId: string): Promise<ImportView> {
    await this.find(accountId, importId);
    const { files } = await this.uploads.received(importId);
    await this.examining(importId, files.length);
    const found = await this.find(accountId, importId);
    if (found.state === 'examining') this.runner.enqueue(importId);
    return this.view(found);
  }

  async get(accountId: string, importId: string): Promise<ImportView> {
    return this.view(await this.find(accountId, importId));
  }

  /** The latest imports of the account; what was saved in a viewer nobody began. */
  async list(accountId: string): Promise<ImportView[]> {
    const found = await this.imports.find({
      where: { accountId, sessionId: IsNull() },
      order: { createdAt: 'DESC' },
      take: LISTED,
    });
    return Promise.all(found.map((one) => this.view(one)));
  }

  /**
   * Calls back with what there is now and after each change; `end` follows the last one. Returns what ends it.
   * Throws `delegation.not-visible` when it is not this account's.
   */
  async watch(
    accountId: string,
    importId: string,
    send: (view: ImportView) => void,
    end: () => void,
  ): Promise<() => void> {
    await this.find(accountId, importId);
    let last: Promise<void> = Promise.resolve();
    const tell = async () => {
      const view = await this.get(accountId, importId);
      send(view);
      if (view.state === 'done' || view.state === 'failed') end();
    };
    // One after the other, or an older answer could overtake a newer one.
    const inTurn = () => {
      last = last.then(tell).catch(end);
      return last;
    };
    const stop = this.runner.onChange(importId, () => void inTurn());
    await inTurn();
    return stop;
  }

  private async examining(importId: string, filesReceived: number): Promise<void> {
    await this.transactor.run((manager) =>
      manager.update(Import, { id: importId, state: 'receiving' }, { state: 'examining', filesReceived }),
    );
  }

  private async begin(account: Account, target: ImportTarget): Promise<ImportView> {
    return this.view(await this.insert(account, target));
  }

  private insert(account: Account, target: ImportTarget): Promise<Import> {
    return this.transactor.run(async (manager) => {
      if ((await manager.countBy(Import, { accountId: account.id, state: 'receiving' })) >= RECEIVING_AT_ONCE)
        throw new Problem('kernel.too-many-requests');
      const row: Import = {
        ...newImport(newId(), account.id, this.clock.instant()),
        ...(await target(manager)),
      };
      await manager.insert(Import, row);
      return row;
    });
  }

  /**
   * Forgets all imports into a patient's record within the caller's transaction, also what providers learnt of them.
   * Returns those of which files may be left, for `discard`.
   */
  async forgetPatient(manager: EntityManager, patientId: string): Promise<string[]> {
    const imports = await manager.find(Import, { select: { id: true, state: true }, where: { patientId } });
    const ids = imports.map(({ id }) => id);
    await manager.delete(Deposit, { importId: In(ids) });
    await manager.delete(Import, { patientId });
    return imports.filter(({ state }) => state === 'receiving' || state === 'examining').map(({ id }) => id);
  }

  /** Removes what was uploaded for imports that are forgotten. */
  async discard(importIds: readonly string[]): Promise<void> {
    for (const id of importIds) {
      await this.uploads.remove(id);
      this.uploadServer.forget(id);
      this.runner.changed(id);
    }
  }

  /** A browser sends file by file, and what programs, systems and viewers send is marked; so this pack was made of a drive. */
  private async isOfDrive({ id, accessTokenId, senderId, sessionId }: Import): Promise<boolean> {
    const isMarked = [accessTokenId, senderId, sessionId].some((mark) => mark !== null);
    return !isMarked && (await this.uploads.hasPack(id));
  }

  /** Ends imports that nobody finished, with what was uploaded for them. */
  private async expire(): Promise<void> {
    const old = await this.imports.findBy({
      state: 'receiving',
      senderId: IsNull(),
      createdAt: LessThan(this.clock.inMs(-UNFINISHED_FOR_MS)),
    });
    for (const { id } of old) await this.giveUp(id);
  }

  private async find(accountId: string, importId: string): Promise<Import> {
    const found = isId(importId) ? await this.imports.findOneBy({ id: importId, accountId }) : null;
    if (found === null) throw new Problem('delegation.not-visible');
    return found;
  }

  private async view(found: Import): Promise<ImportView> {
    return found.depositCodeId === null
      ? importView(found, await this.records.views(found.itemIds), [])
      : importView(found, [], await this.records.deposits(found.itemIds));
  }
}
