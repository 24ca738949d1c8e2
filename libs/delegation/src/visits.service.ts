import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, MoreThan, Repository, type EntityManager } from 'typeorm';
import { AuditService, type AuditAgent } from '@vitrine/audit';
import { PasswordHasher } from '@vitrine/identity';
import { Clock, hashSecret, newId, newSecret, Problem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { Grant } from './grant.entity.js';
import { linkState, PASSCODE_TRIES, refusalOf } from './link-state.js';
import { itemEntities, linkEntity } from './share-links.service.js';
import { ShareLink } from './share-link.entity.js';

const LONGEST_VISIT_MS = 12 * 60 * 60_000;

/** What the visit cookie of a request stands for. */
export interface KnownGrant {
  readonly grant: Grant;
  readonly link: ShareLink;
}

export interface Redemption {
  /** From the link's fragment. */
  readonly secret: string;
  /** As the visitor typed it; the patient sees it. */
  readonly visitorName: string;
  readonly passcode?: string | undefined;
  /** The visit cookie that the browser has already. */
  readonly visitSecret?: string | undefined;
}

export interface Redeemed extends KnownGrant {
  /** For the browser's visit cookie. */
  readonly visitSecret: string;
}

/** As the audit names somebody who came by a link. */
export const visitorAgent = (grant: Pick<Grant, 'id' | 'visitorName'>): AuditAgent => ({
  kind: 'visitor',
  id: grant.id,
  name: grant.visitorName,
});

/** Somebody whom a link did not let in: there is no grant, and a name only where one was typed. */
const refusedAgent = (name = ''): AuditAgent => ({ kind: 'visitor', id: 'none', name });

/** The visitor's side of share links: looked at, exchanged for a grant, and recognised afterwards. */
@Injectable()
export class Visits {
  constructor(
    @InjectRepository(ShareLink) private readonly links: Repository<ShareLink>,
    @InjectRepository(Grant) private readonly grants: Repository<Grant>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly hasher: PasswordHasher,
    private readonly clock: Clock,
  ) {}

  /** What a link would open. Uses nothing up; a link that lets nobody in is refused here already. */
  async preview(secret: string, visitSecret?: string): Promise<{ link: ShareLink; alreadyIn: boolean }> {
    const link = await this.links.findOneBy({ secretHash: hashSecret(secret) });
    if (!link) throw new Problem('delegation.link-unknown');
    const alreadyIn = (await this.grantOf(link.id, visitSecret)) !== null;
    const refusal = alreadyIn ? null : refusalOf(linkState(link, this.clock.instant()));
    if (refusal) {
      await this.transactor.run((manager) => this.recordRefusal(manager, link, refusal));
      throw refusal;
    }
    return { link, alreadyIn };
  }

  /**
   * Exchanges a link for a grant and counts one use. A browser that is in by the same link already stays in and
   * uses nothing up. A passcode is counted as tried before it is checked, and given back when it was right.
   */
  async redeem(redemption: Redemption): Promise<Redeemed> {
    const secretHash = hashSecret(redemption.secret);
    const link = await this.links.findOneBy({ secretHash });
    if (!link) throw new Problem('delegation.link-unknown');
    const grant = await this.grantOf(link.id, redemption.visitSecret);
    if (grant && redemption.visitSecret !== undefined) {
      await this.rename(grant, link, redemption.visitorName);
      return { grant, link, visitSecret: redemption.visitSecret };
    }
    if (link.passcodeHash !== null) await this.checkPasscode(link, link.passcodeHash, redemption);
    return this.orRefuse(await this.transactor.run((manager) => this.enter(manager, link.id, redemption)));
  }

  /** Whose visit secret it is; null when nobody's, or when the visit or its link is over. */
  async recognise(visitSecret: string): Promise<KnownGrant | null> {
    const grant = await this.grants.findOneBy({
      secretHash: hashSecret(visitSecret),
      expiresAt: MoreThan(this.clock.instant()),
      revokedAt: IsNull(),
    });
    if (!grant) return null;
    const link = await this.links.findOneBy({ id: grant.linkId, revokedAt: IsNull() });
    return link && { grant, link };
  }

  /** Binds a visit to the session that was started for it or that it joins. */
  async lookAt(manager: EntityManager, grantId: string, sessionId: string): Promise<void> {
    await manager.update(Grant, { id: grantId, revokedAt: IsNull() }, { sessionId });
  }

  private async grantOf(linkId: string, visitSecret: string | undefined): Promise<Grant | null> {
    const known = visitSecret === undefined ? null : await this.recognise(visitSecret);
    return known?.link.id === linkId ? known.grant : null;
  }

  /** A second person at the same browser says so by another name; the patient sees the one who is there now. */
  private async rename(grant: Grant, link: ShareLink, visitorName: string): Promise<void> {
    if (grant.visitorName === visitorName) return;
    grant.visitorName = visitorName;
    await this.transactor.run(async (manager) => {
      await manager.update(Grant, grant.id, { visitorName });
      await this.audit.record(manager, {
        action: 'link.opened',
        agent: visitorAgent(grant),
        patientId: link.patientId,
        entities: [linkEntity(link), ...itemEntities(link)],
        details: { control: link.control, sameBrowser: true },
      });
    });
  }

  /** One transaction: what the link is now, one use more, the grant, the line in the audit. */
  private async enter(
    manager: EntityManager,
    linkId: string,
    { visitorName }: Redemption,
  ): Promise<Redeemed | Problem> {
    const link = await manager.findOneByOrFail(ShareLink, { id: linkId });
    const refusal = refusalOf(linkState(link, this.clock.instant()));
    if (refusal) {
      await this.recordRefusal(manager, link, refusal, visitorName);
      return refusal;
    }
    const latest = this.clock.inMs(LONGEST_VISIT_MS);
    const visitSecret = newSecret();
    const grant = manager.create(Grant, {
      id: newId(),
      linkId: link.id,
      secretHash: hashSecret(visitSecret),
      visitorName,
      sessionId: link.sessionId,
      createdAt: this.clock.instant(),
      expiresAt: link.expiresAt < latest ? link.expiresAt : latest,
      revokedAt: null,
    });
    link.uses += 1;
    await manager.update(ShareLink, link.id, { uses: link.uses });
    await manager.insert(Grant, grant);
    await this.audit.record(manager, {
      action: 'link.opened',
      agent: visitorAgent(grant),
      patientId: link.patientId,
      entities: [linkEntity(link), ...itemEntities(link)],
      details: { control: link.control, use: link.uses, maximumUses: link.maximumUses },
    });
    return { grant, link, visitSecret };
  }

  private async checkPasscode(
    link: ShareLink,
    hash: string,
    { passcode, visitorName }: Redemption,
  ): Promise<void> {
    if (passcode === undefined || passcode === '')
      throw new Problem('delegation.wrong-passcode', {
        message: 'This link needs a passcode. Ask the person who sent it.',
        extensions: { remainingTries: Math.max(0, PASSCODE_TRIES - link.passcodeTries) },
      });
    const tries = this.orRefuse(
      await this.transactor.run((manager) => this.countTry(manager, link.id, visitorName)),
    );
    const right = await this.hasher.verify(hash, passcode);
    if (right) {
      await this.transactor.run((manager) =>
        manager.decrement(ShareLink, { id: link.id }, 'passcodeTries', 1),
      );
      return;
    }
    const wrong = new Problem('delegation.wrong-passcode', {
      extensions: { remainingTries: PASSCODE_TRIES - tries },
    });
    await this.transactor.run((manager) => this.recordRefusal(manager, link, wrong, visitorName));
    throw wrong;
  }

  private async countTry(
    manager: EntityManager,
    linkId: string,
    visitorName: string,
  ): Promise<number | Problem> {
    const link = await manager.findOneByOrFail(ShareLink, { id: linkId });
    const refusal = refusalOf(linkState(link, this.clock.instant()));
    if (refusal) {
      await this.recordRefusal(manager, link, refusal, visitorName);
      return refusal;
    }
    await manager.increment(ShareLink, { id: linkId }, 'passcodeTries', 1);
    return link.passcodeTries + 1;
  }

  /** A refusal is a result of its transaction, so that its line is stored; it is thrown only afterwards. */
  private orRefuse<T>(result: T | Problem): T {
    if (result instanceof Problem) throw result;
    return result;
  }

  private recordRefusal(
    manager: EntityManager,
    link: ShareLink,
    refusal: Problem,
    visitorName?: string,
  ): Promise<void> {
    return this.audit.record(manager, {
      action: 'link.refused',
      outcome: 'refused',
      agent: refusedAgent(visitorName),
      patientId: link.patientId,
      entities: [linkEntity(link)],
      details: { reason: refusal.code.replace('delegation.', ''), ...refusal.extensions },
    });
  }
}
