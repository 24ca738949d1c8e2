import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Injectable, Inject } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, Repository, type EntityManager } from 'typeorm';
import type { InstanceFacts } from '@vitrine/dicom';
import type { Account } from '@vitrine/identity';
import { Clock, isId, newId, Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { openedStream } from '@vitrine/sealing';
import { KeyRing } from '@vitrine/vault';
import { Examiners } from '../examiner/examiners.js';
import { FtpsAccount } from '../ftps-door/ftps-account.entity.js';
import { ImportsService } from '../imports.service.js';
import { UploadStore, type ReceivedFile } from '../uploads/upload-store.js';
import type { BegunArrival, SendingSystem } from '../arrivals/arrivals.js';
import { DicomNode } from './dicom-node.entity.js';
import { factsOfStudy, folderOf } from './inbox-facts.js';
import { ReadingAddress } from './reading-address.entity.js';
import { InboxStudy } from './inbox-study.entity.js';

const WAITS_FOR_MS = 30 * 24 * 60 * 60_000;

interface Found {
  readonly file: ReceivedFile;
  readonly facts: InstanceFacts | undefined;
}

/** Studies that a provider sent without a patient's code, until the code is given or they are thrown away. */
@Injectable()
export class DicomInbox {
  constructor(
    @InjectRepository(InboxStudy) private readonly studies: Repository<InboxStudy>,
    private readonly transactor: Transactor,
    private readonly imports: ImportsService,
    private readonly uploads: UploadStore,
    private readonly examiners: Examiners,
    private readonly keys: KeyRing,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Something arrives for the inbox of this system's provider. An inbox has as much room as one patient's record. */
  async begin({ id: senderId, accountId }: SendingSystem): Promise<BegunArrival> {
    const id = newId();
    const room = await this.transactor.run(async (manager) => {
      const used = (await manager.sum(InboxStudy, 'bytes', { accountId })) ?? 0;
      const arrivedAt = this.clock.instant();
      await manager.insert(InboxStudy, {
        id,
        accountId,
        senderId,
        state: 'arriving',
        facts: null,
        count: 0,
        bytes: 0,
        arrivedAt,
      });
      return Math.max(0, this.settings.vault.bytesPerPatient - used);
    });
    return { id, keyOwnerId: accountId, room };
  }

  /** Looks at what arrived and makes one waiting entry for each study. Doing it again changes nothing. */
  async settle(id: string): Promise<void> {
    const arrived = await this.studies.findOneBy({ id, state: 'arriving' });
    if (arrived === null) return;
    const groups = [...(await this.examine(arrived)).values()];
    const entry = (found: readonly Found[]) => ({
      state: 'waiting' as const,
      facts: factsOfStudy(
        found.flatMap(({ facts }) => facts ?? []),
        found.map(({ file }) => file.untrustedName),
      ),
      count: found.length,
      bytes: found.reduce((sum, { file }) => sum + file.bytes, 0),
    });
    const [only] = groups;
    if (groups.length === 1 && only !== undefined) {
      await this.transactor.run((manager) => manager.update(InboxStudy, { id }, entry(only)));
      return;
    }
    // Each study may be another patient's: their bytes are put apart before anybody can hand them on.
    const apart = await Promise.all(
      groups.map(async (found) => ({ id: await this.putApart(found, arrived.accountId), ...entry(found) })),
    );
    await this.transactor.run(async (manager) => {
      const { accountId, senderId, arrivedAt } = arrived;
      for (const one of apart) await manager.insert(InboxStudy, { ...one, accountId, senderId, arrivedAt });
      await manager.delete(InboxStudy, { id });
    });
    await this.uploads.remove(id);
  }

  /** At start: settles what was arriving when the process ended. */
  async recover(): Promise<void> {
    for (const { id } of await this.studies.findBy({ state: 'arriving' })) await this.settle(id);
  }

  /** What is coming in at the moment, or is looked at before it can wait; nothing else is known of it yet. */
  arriving(accountId: string): Promise<InboxStudy[]> {
    return this.studies.find({
      where: { accountId, state: 'arriving' },
      order: { arrivedAt: 'DESC', id: 'ASC' },
    });
  }

  /** What waits for a code, the latest first. Throws away what nobody claimed for 30 days. */
  async waiting(accountId: string): Promise<InboxStudy[]> {
    const before = this.clock.inMs(-WAITS_FOR_MS);
    for (const { id } of await this.studies.findBy({
      accountId,
      state: 'waiting',
      arrivedAt: LessThan(before),
    }))
      await this.throwAway(accountId, id);
    return this.studies.find({
      where: { accountId, state: 'waiting' },
      order: { arrivedAt: 'DESC', id: 'ASC' },
    });
  }

  /** Deposits a study into the record of the patient who made the code. Answers the import that it is from now on. */
  async deliver(account: Account, id: string, depositCode: string): Promise<string> {
    if (!isId(id)) throw new Problem('delegation.not-visible');
    await this.imports.adopt(account, depositCode, async (manager) => {
      const study = await manager.findOneBy(InboxStudy, { id, accountId: account.id, state: 'waiting' });
      if (study === null) throw new Problem('delegation.not-visible');
      await manager.delete(InboxStudy, { id });
      return { id, senderId: study.senderId, filesReceived: study.count };
    });
    return id;
  }

  async throwAway(accountId: string, id: string): Promise<void> {
    await this.transactor.run(async (manager) => {
      const gone = isId(id)
        ? await manager.delete(InboxStudy, { id, accountId, state: 'waiting' })
        : undefined;
      if (gone?.affected !== 1) throw new Problem('delegation.not-visible');
    });
    await this.uploads.remove(id);
  }

  /**
   * Forgets an account's PACS, its login for FTPS, its inbox and the keys of what lies there within the caller's transaction. Returns the
   * studies whose files are left, for `discard`.
   */
  async forgetAccount(manager: EntityManager, accountId: string): Promise<string[]> {
    const studies = await manager.find(InboxStudy, { select: { id: true }, where: { accountId } });
    await manager.delete(InboxStudy, { accountId });
    const nodes = await manager.find(DicomNode, { select: { id: true }, where: { accountId } });
    await manager.delete(ReadingAddress, { dicomNodeId: In(nodes.map(({ id }) => id)) });
    await manager.delete(DicomNode, { accountId });
    await manager.delete(FtpsAccount, { accountId });
    await this.keys.destroy(manager, accountId);
    return studies.map(({ id }) => id);
  }

  /** Removes what is left of an inbox that was forgotten. What it misses when the power fails, the next start finds. */
  async discard(accountId: string, studyIds: readonly string[]): Promise<void> {
    this.keys.forget(accountId);
    for (const id of studyIds) await this.uploads.remove(id);
  }

  /** The files of an arrival by study; those that belong to none by the folder that they came in. */
  private async examine({ id, accountId }: InboxStudy): Promise<Map<string, Found[]>> {
    const groups = new Map<string, Found[]>();
    const sender = `${accountId} inbox`;
    const examiner = this.examiners.lend(sender);
    try {
      for (const file of await this.uploads.packed(id)) {
        const answer = await examiner.recognise(file.source, file.untrustedName);
        const facts = answer.kind === 'file' ? answer.dicom : undefined;
        // No UID has a slash.
        const group = facts?.studyInstanceUid ?? `/${folderOf(file.untrustedName)}`;
        groups.set(group, [...(groups.get(group) ?? []), { file, facts }]);
      }
    } finally {
      this.examiners.giveBack(sender, examiner);
    }
    return groups;
  }

  private async putApart(found: readonly Found[], keyOwnerId: string): Promise<string> {
    const id = newId();
    const pack = await this.uploads.newPack(id, keyOwnerId);
    try {
      for (const { file } of found) {
        const { path, terms, slice } = file.source;
        const entry = pack.begin(file.untrustedName);
        const from = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
        for await (const chunk of openedStream(from, terms, undefined, slice)) await entry.write(chunk);
        await entry.finish();
      }
    } finally {
      await pack.close();
    }
    return id;
  }
}
