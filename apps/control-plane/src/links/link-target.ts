import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { requireAccess } from '@vitrine/delegation';
import type { KnownSignIn, Patient } from '@vitrine/identity';
import { Problem } from '@vitrine/kernel';
import { RecordsService } from '@vitrine/records';
import { isOver, Session } from '@vitrine/sessions';
import { ViewerCatalogue } from '@vitrine/viewers';
import type { NewLinkDto } from './links.dto.js';

export interface LinkTarget {
  readonly itemIds: readonly string[];
  readonly viewerId: string;
}

/** Finds out what a new link opens: what runs already, or the wanted items in a viewer that can show them. */
@Injectable()
export class LinkTargets {
  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly records: RecordsService,
    private readonly catalogue: ViewerCatalogue,
  ) {}

  async of(known: KnownSignIn & { patient: Patient }, wanted: NewLinkDto): Promise<LinkTarget> {
    if (wanted.sessionId !== undefined) return this.ofSession(known, wanted.sessionId);
    const opened = await this.records.openable(known.patient.id, wanted.itemIds);
    const viewer = await this.catalogue.choose(
      opened.map(({ item }) => item),
      wanted.viewerId,
    );
    return { itemIds: wanted.itemIds, viewerId: viewer.id };
  }

  /** Whoever joins sees all that is open there, so the link names exactly that. */
  private async ofSession(known: KnownSignIn, sessionId: string): Promise<LinkTarget> {
    const session = await this.sessions.findOneBy({ id: sessionId });
    if (!session) throw new Problem('delegation.not-visible');
    requireAccess({ kind: 'account', ...known }, { act: 'keep-session', session });
    if (isOver(session.state)) throw new Problem('sessions.ended');
    return session;
  }
}
