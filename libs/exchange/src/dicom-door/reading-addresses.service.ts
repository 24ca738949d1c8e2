import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, MoreThan, Repository } from 'typeorm';
import { AuditService, type AuditEntityRef } from '@vitrine/audit';
import { newHumanCode, readHumanCode, aeTitleOf, type Owner } from '@vitrine/delegation';
import { Account, agentOf } from '@vitrine/identity';
import { Clock, hashSecret, newId, Problem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { DicomNode } from './dicom-node.entity.js';
import { ReadingAddress } from './reading-address.entity.js';

export interface ReadingAddressDraft {
  /** As the system that may read introduces itself. */
  readonly callingAeTitle: string;
  readonly expiresInDays: number;
}

export type ReadingAddressState = 'active' | 'expired' | 'revoked';

/** A system that was let in to read. */
export interface KnownReader {
  readonly address: ReadingAddress;
  readonly node: DicomNode;
  /** Who answers for the system. */
  readonly account: Account;
}

export const LONGEST_READING_DAYS = 365;
const DAY_MS = 24 * 60 * 60_000;
/** More systems than anybody's doctors have; without a bound, rows could be made without end. */
const ADDRESSES_AT_ONCE = 50;
/** With it a title has the 16 characters that there may be, and nobody takes it for a deposit code. */
const MARK = 'READ';

/** What an address is now. */
export function readingAddressState(
  address: Pick<ReadingAddress, 'revokedAt' | 'expiresAt'>,
  now: string,
): ReadingAddressState {
  if (address.revokedAt !== null) return 'revoked';
  return address.expiresAt <= now ? 'expired' : 'active';
}

/** True for a called title that can only be one for reading. */
export const isReadingTitle = (aeTitle: string): boolean => secretOf(aeTitle) !== null;

const secretOf = (aeTitle: string): string | null =>
  aeTitle.startsWith(MARK) ? readHumanCode(aeTitle.slice(MARK.length)) : null;

/** Called titles by which a provider's system reads a record: made, recognised and ended by the patient. */
@Injectable()
export class ReadingAddresses {
  constructor(
    @InjectRepository(ReadingAddress) private readonly addresses: Repository<ReadingAddress>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /**
   * The title is returned this once; only its hash is kept. Throws `exchange.peer-unknown` where no such system is
   * registered, and `exchange.peer-unproven` where it is known by nothing but what it says.
   */
  async create(
    owner: Owner,
    { callingAeTitle, expiresInDays }: ReadingAddressDraft,
  ): Promise<{ address: ReadingAddress; aeTitle: string }> {
    if (expiresInDays < 1 || expiresInDays > LONGEST_READING_DAYS) throw new Problem('kernel.invalid');
    return this.transactor.run(async (manager) => {
      const now = this.clock.instant();
      const node = await manager.findOneBy(DicomNode, { callingAeTitle });
      const account =
        node === null
          ? null
          : await manager.findOneBy(Account, { id: node.accountId, role: 'provider', disabledAt: IsNull() });
      if (node === null || account === null) throw new Problem('exchange.peer-unknown');
      // Anybody can say a title. Whoever reads is known by where it comes from, or by its certificate.
      if (node.addresses.length === 0 && node.certificate === null)
        throw new Problem('exchange.peer-unproven');
      const patientId = owner.patient.id;
      const active = { patientId, revokedAt: IsNull(), expiresAt: MoreThan(now) };
      if ((await manager.countBy(ReadingAddress, active)) >= ADDRESSES_AT_ONCE)
        throw new Problem('kernel.too-many-requests');
      const code = newHumanCode();
      const address: ReadingAddress = {
        id: newId(),
        secretHash: hashSecret(code),
        patientId,
        dicomNodeId: node.id,
        peerAeTitle: node.callingAeTitle,
        peerName: node.name,
        providerName: [account.organisation, account.name].filter((name) => !!name).join(', '),
        createdAt: now,
        expiresAt: this.clock.inMs(expiresInDays * DAY_MS),
        revokedAt: null,
        lastUsedAt: null,
      };
      await manager.insert(ReadingAddress, address);
      await this.audit.record(manager, {
        action: 'reading-address.made',
        agent: agentOf(owner.account),
        patientId,
        entities: [addressEntity(address)],
        details: { expiresAt: address.expiresAt },
      });
      return { address, aeTitle: MARK + aeTitleOf(code) };
    });
  }

  /** The latest first. */
  ofPatient(patientId: string): Promise<ReadingAddress[]> {
    return this.addresses.find({ where: { patientId }, order: { createdAt: 'DESC' } });
  }

  /** Ends an address; what is under way stops before its next object. Ending it again changes nothing. */
  revoke(owner: Owner, addressId: string): Promise<ReadingAddress> {
    return this.transactor.run(async (manager) => {
      const address = await manager.findOneBy(ReadingAddress, { id: addressId, patientId: owner.patient.id });
      if (address === null) throw new Problem('delegation.not-visible');
      if (address.revokedAt !== null) return address;
      address.revokedAt = this.clock.instant();
      await manager.update(ReadingAddress, addressId, { revokedAt: address.revokedAt });
      await this.audit.record(manager, {
        action: 'reading-address.revoked',
        agent: agentOf(owner.account),
        patientId: address.patientId,
        entities: [addressEntity(address)],
      });
      return address;
    });
  }

  /** The address that a title names, for the system that it was made for; a refusal is told to the patient. */
  recognise(aeTitle: string, node: DicomNode, account: Account): Promise<KnownReader | undefined> {
    return this.transactor.run(async (manager) => {
      const secret = secretOf(aeTitle);
      const address =
        secret === null ? null : await manager.findOneBy(ReadingAddress, { secretHash: hashSecret(secret) });
      if (address === null) return undefined;
      const now = this.clock.instant();
      const state = readingAddressState(address, now);
      const reason = address.dicomNodeId !== node.id ? 'other-system' : state;
      if (reason !== 'active') {
        await this.audit.record(manager, {
          action: 'reading-address.refused',
          outcome: 'refused',
          agent: agentOf(account),
          patientId: address.patientId,
          entities: [addressEntity(address)],
          details: { reason, program: node.name },
        });
        return undefined;
      }
      address.lastUsedAt = now;
      await manager.update(ReadingAddress, address.id, { lastUsedAt: now });
      return { address, node, account };
    });
  }

  /** True while an address that was recognised still opens the record. */
  stands({ address }: KnownReader): Promise<boolean> {
    return this.addresses.existsBy({
      id: address.id,
      revokedAt: IsNull(),
      expiresAt: MoreThan(this.clock.instant()),
    });
  }

  /** One line for the patient of what a system asked for, before anything is answered. */
  async note(
    { address, node, account }: KnownReader,
    action: 'record.searched' | 'record.read',
    itemIds: readonly string[] = [],
    destinationAeTitle?: string,
  ): Promise<void> {
    await this.transactor.run((manager) =>
      this.audit.record(manager, {
        action,
        agent: agentOf(account),
        patientId: address.patientId,
        entities: [
          ...itemIds.map((id) => ({ kind: 'item', id }) as const),
          { kind: 'reading-address', id: address.id },
        ],
        details: {
          program: node.name,
          ...(destinationAeTitle === undefined ? {} : { destinationAeTitle }),
        },
      }),
    );
  }
}

const addressEntity = (address: ReadingAddress): AuditEntityRef => ({
  kind: 'reading-address',
  id: address.id,
  label: `${address.peerName} (${address.providerName})`,
});
