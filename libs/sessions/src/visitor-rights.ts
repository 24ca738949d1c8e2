import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Grant, ShareLink } from '@vitrine/delegation';
import type { Session } from './session.entity.js';

/** Whether a viewer that a visitor started still has anybody whom it is for. */
@Injectable()
export class VisitorRights {
  constructor(
    @InjectRepository(Grant) private readonly grants: Repository<Grant>,
    @InjectRepository(ShareLink) private readonly links: Repository<ShareLink>,
  ) {}

  /** True when the link that a visitor started it by was ended. A patient's own session does not depend on links. */
  async areOver({ startedBy }: Session): Promise<boolean> {
    if (startedBy.kind !== 'visitor') return false;
    const grant = await this.grants.findOneBy({ id: startedBy.id });
    const link = grant && (await this.links.findOneBy({ id: grant.linkId }));
    return !link || link.revokedAt !== null;
  }
}
