import { Injectable } from '@nestjs/common';
import type { KnownProgram } from '@vitrine/delegation';
import type { InstanceFacts } from '@vitrine/dicom';
import { Problem, type ProblemCode } from '@vitrine/kernel';
import { VaultService } from '@vitrine/vault';
import { Examiners } from '../examiner/examiners.js';
import { senderOf, type ExaminedImport } from '../import-runner.js';
import { ImportsService } from '../imports.service.js';
import type { Answer } from '../recognition/answer.js';
import { UploadStore } from '../uploads/upload-store.js';
import { InstanceReceiver, type NamedPart } from './instance-receiver.js';

/** What became of one part of a store request, in the order of the parts. */
export interface StoredInstance {
  /** Null where the bytes could not be read as DICOM, so that nobody knows what it is. */
  readonly facts: Pick<
    InstanceFacts,
    'sopClassUid' | 'sopInstanceUid' | 'seriesInstanceUid' | 'studyInstanceUid'
  > | null;
  /**
   * stored = it is in the record now, or was before, under whatever header; apart = it is kept, beside another instance
   * of the same UID or another person's images of the same study; refused = it is not kept.
   */
  readonly outcome: 'stored' | 'apart' | 'refused';
  /** Exactly for what was refused. */
  readonly code?: ProblemCode;
}

export interface StoreOptions {
  /** Only instances of this study are taken. */
  readonly studyInstanceUid?: string | undefined;
  /** Size of the whole request, where it is known beforehand. */
  readonly announcedBytes?: number | undefined;
}

/** A series of ten thousand images is sent in several requests, which also ends the wait for an answer earlier. */
const INSTANCES_PER_REQUEST = 10_000;

/**
 * Stores what a program sends in one request, by the way that all files go. Either every good part of the request is
 * in the record when this returns, or nothing of it.
 */
@Injectable()
export class InstanceStore {
  constructor(
    private readonly imports: ImportsService,
    private readonly uploads: UploadStore,
    private readonly vault: VaultService,
    private readonly examiners: Examiners,
  ) {}

  /**
   * Throws `kernel.invalid` where there are no parts, what the parts throw when they break off, and the Problems of
   * a disk or a record without room.
   */
  async store(
    program: KnownProgram,
    parts: AsyncIterable<AsyncIterable<Uint8Array>>,
    { studyInstanceUid, announcedBytes = 0 }: StoreOptions,
  ): Promise<StoredInstance[]> {
    const { patientId } = program.token;
    const room = await this.vault.roomFor(patientId);
    if (announcedBytes > room) throw new Problem('vault.quota-exceeded');
    await this.uploads.requireRoom(Math.max(1, announcedBytes));
    const importId = await this.imports.beginByProgram(program);
    const sender = senderOf({ accountId: program.account.id, patientId });
    const examiner = this.examiners.lendAhead(sender);
    const receiver = new InstanceReceiver(this.vault, patientId, examiner, room);
    try {
      const received = await receiver.receive(named(parts)).finally(() => {
        if (examiner !== undefined) this.examiners.giveBackAhead(sender, examiner);
      });
      if (received.length === 0) throw new Problem('kernel.invalid');
      const examined = await this.imports.examine(importId, received, (answer) =>
        objection(answer, studyInstanceUid),
      );
      return outcomes(received.length, examined);
    } catch (error) {
      // Where even that fails, the next start does it; what is told is why it came to that.
      await this.imports.giveUp(importId).catch(() => undefined);
      throw error;
    } finally {
      await receiver.discard();
    }
  }
}

async function* named(parts: AsyncIterable<AsyncIterable<Uint8Array>>): AsyncGenerator<NamedPart> {
  let count = 0;
  for await (const content of parts) {
    if (count === INSTANCES_PER_REQUEST) throw new Problem('exchange.too-large');
    yield { name: nameOf(count++), content };
  }
}

/** Names are ours and sort in the order of the parts. */
const nameOf = (index: number): string => `${String(index + 1).padStart(6, '0')}.dcm`;

function objection(answer: Answer, studyInstanceUid: string | undefined): ProblemCode | undefined {
  if (answer.kind === 'refused')
    return answer.code === 'exchange.unknown-format' ? 'exchange.not-dicom' : answer.code;
  if (answer.kind !== 'file' || answer.dicom === undefined) return 'exchange.not-dicom';
  if (studyInstanceUid !== undefined && answer.dicom.studyInstanceUid !== studyInstanceUid)
    return 'exchange.other-study';
  return undefined;
}

function outcomes(received: number, examined: ExaminedImport): StoredInstance[] {
  const refusals = new Map(examined.refusals.map((one) => [one.untrustedName, one]));
  const files = new Map(examined.files.map((file) => [file.untrustedName, file]));
  const apart = new Set(
    examined.outcomes.filter(({ outcome }) => outcome !== 'duplicate').map((one) => one.untrustedName),
  );
  return Array.from({ length: received }, (_, index): StoredInstance => {
    const name = nameOf(index);
    const refusal = refusals.get(name);
    const file = files.get(name);
    if (refusal !== undefined || file?.dicom === undefined) {
      const code = refusal?.code ?? 'exchange.not-dicom';
      return { facts: refusal?.dicom ?? null, outcome: 'refused', code };
    }
    return { facts: file.dicom, outcome: apart.has(name) ? 'apart' : 'stored' };
  });
}
