import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, Repository } from 'typeorm';
import { AuditService, type AuditEntityRef } from '@vitrine/audit';
import { agentOf, PasswordHasher, type Account, type Patient } from '@vitrine/identity';
import {
  Clock,
  hashSecret,
  later,
  newId,
  newSecret,
  Problem,
  SETTINGS,
  withDeadline,
  type Settings,
} from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { Grant } from './grant.entity.js';
import { ITEM_OWNERSHIP, LIVE_CONNECTIONS, type ItemOwnership, type LiveConnections } from './ports.js';
import { ShareLink, type Control } from './share-link.entity.js';

export interface ShareLinkDraft {
  readonly itemIds: readonly string[];
  readonly viewerId: string;
  /** The running session that it is made from. */
  readonly sessionId?: string | undefined;
  readonly label: string;
  readonly control: Control;
  /** The visitors' names stand over the picture that they see. */
  readonly watermark: boolean;
  readonly expiresInMinutes: number;
  readonly maximumUses: number;
  readonly passcode?: string | undefined;
  readonly recipientEmail?: string | undefined;
}

/** Who acts for whose record. */
export interface Owner {
  readonly account: Account;
  readonly patient: Patient;
}

/** Cutting is asked for within one second; after this the patient is told that it could not be confirmed. */
const CUT_DEADLINE_MS = 5_000;
const MINUTE_MS = 60_000;
export const LONGEST_LINK_MINUTES = 365 * 24 * 60;

/** The patient's side of share links: made, listed and ended. */
@Injectable()
export class ShareLinks {
  constructor(
    @InjectRepository(ShareLink) private readonly links: Repository<ShareLink>,
    @InjectRepository(Grant) private readonly grants: Repository<Grant>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly hasher: PasswordHasher,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(ITEM_OWNERSHIP) private readonly items: ItemOwnership,
    @Inject(LIVE_CONNECTIONS) private readonly connections: LiveConnections,
  ) {}

  /** Makes a link over items of the owner's record. The URL is returned this once; only its hash is kept. */
  async create(owner: Owner, draft: ShareLinkDraft): Promise<{ link: ShareLink; url: string }> {
    if (!isWithinLimits(draft)) throw new Problem('kernel.invalid');
    if (!(await this.items.owns(owner.patient.id, draft.itemIds)))
      throw new Problem('delegation.not-visible');
    const secret = newSecret();
    const passcodeHash = draft.passcode === undefined ? null : await this.hasher.hash(draft.passcode);
    const createdAt = this.clock.instant();
    const link = this.links.create({
      id: newId(),
      secretHash: hashSecret(secret),
      patientId: owner.patient.id,
      itemIds: [...draft.itemIds],
      viewerId: draft.viewerId,
      sessionId: draft.sessionId ?? null,
      control: draft.control,
      label: draft.label,
      watermark: draft.watermark,
      recipientEmail: draft.recipientEmail ?? null,
      passcodeHash,
      passcodeTries: 0,
      maximumUses: draft.maximumUses,
      uses: 0,
      createdAt,
      expiresAt: later(createdAt, draft.expiresInMinutes * MINUTE_MS),
      revokedAt: null,
    });
    await this.transactor.run(async (manager) => {
      await manager.insert(ShareLink, link);
      await this.audit.record(manager, {
        action: 'link.made',
        agent: agentOf(owner.account),
        patientId: owner.patient.id,
        entities: [linkEntity(link), ...itemEntities(link)],
        details: {
          control: link.control,
          watermark: link.watermark,
          expiresAt: link.expiresAt,
          maximumUses: link.maximumUses,
          passcode: passcodeHash !== null,
          byEmail: link.recipientEmail !== null,
        },
      });
    });
    // In the fragment: browsers send it to no server, so it is in no log and no preview opens it.
    return { link, url: `${this.settings.publicUrl}/visit#${secret}` };
  }

  /** The patient's links, latest first. */
  ofPatient(patientId: string): Promise<ShareLink[]> {
    return this.links.find({ where: { patientId }, order: { createdAt: 'DESC' } });
  }

  /** Who came by these links, first comer first. */
  grantsOf(linkIds: readonly string[]): Promise<Grant[]> {
    return this.grants.find({ where: { linkId: In([...linkIds]) }, order: { createdAt: 'ASC' } });
  }

  /**
   * Ends a link and everything that it let in. Returns after the last live display is closed. The rows are marked
   * first, in one transaction: a join that comes later finds its grant revoked, one that came earlier is cut here.
   * Ending it again cuts again, so a revocation that was interrupted can be repeated.
   */
  async revoke(owner: Owner, linkId: string): Promise<{ link: ShareLink; grantIds: string[] }> {
    const marked = await this.transactor.run(async (manager) => {
      const link = await manager.findOneBy(ShareLink, { id: linkId, patientId: owner.patient.id });
      if (!link) throw new Problem('delegation.not-visible');
      const revokedAt = this.clock.instant();
      const grants = await manager.findBy(Grant, { linkId });
      await manager.update(Grant, { linkId, revokedAt: IsNull() }, { revokedAt });
      if (link.revokedAt === null) {
        link.revokedAt = revokedAt;
        await manager.update(ShareLink, linkId, { revokedAt });
        await this.audit.record(manager, {
          action: 'link.revoked',
          agent: agentOf(owner.account),
          patientId: link.patientId,
          entities: [linkEntity(link), ...itemEntities(link)],
          details: { visits: grants.length },
        });
      }
      return { link, grantIds: grants.map(({ id }) => id) };
    });
    if (marked.grantIds.length > 0)
      await withDeadline(CUT_DEADLINE_MS, 'delegation.cut-unconfirmed', () =>
        this.connections.cut({ participantIds: marked.grantIds }),
      );
    return marked;
  }
}

const isWithinLimits = ({ itemIds, expiresInMinutes, maximumUses }: ShareLinkDraft): boolean =>
  itemIds.length > 0 &&
  new Set(itemIds).size === itemIds.length &&
  expiresInMinutes >= 1 &&
  expiresInMinutes <= LONGEST_LINK_MINUTES &&
  maximumUses >= 1;

export const linkEntity = (link: ShareLink): AuditEntityRef => ({
  kind: 'link',
  id: link.id,
  label: link.label,
});

export const itemEntities = (link: ShareLink): AuditEntityRef[] =>
  link.itemIds.map((id) => ({ kind: 'item', id }));
