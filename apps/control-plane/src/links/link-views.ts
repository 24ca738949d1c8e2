import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, Repository } from 'typeorm';
import { linkState, ShareLinks, type Grant, type ShareLink } from '@vitrine/delegation';
import { Clock } from '@vitrine/kernel';
import { RecordsService } from '@vitrine/records';
import { Participation } from '@vitrine/sessions';
import { ViewerCatalogue } from '@vitrine/viewers';
import type { LinkDto, NamedDto } from './links.dto.js';

/** Puts together what a patient sees of a link: its own rows, titles of what it opens, and who looks right now. */
@Injectable()
export class LinkViews {
  constructor(
    private readonly links: ShareLinks,
    private readonly records: RecordsService,
    private readonly catalogue: ViewerCatalogue,
    @InjectRepository(Participation) private readonly participations: Repository<Participation>,
    private readonly clock: Clock,
  ) {}

  async one(link: ShareLink): Promise<LinkDto> {
    const [view] = await this.all([link]);
    if (!view) throw new Error('A link has exactly one view.');
    return view;
  }

  async all(links: readonly ShareLink[]): Promise<LinkDto[]> {
    const [items, viewers, grants] = await Promise.all([
      this.itemTitles(links),
      this.viewerTitles(links),
      this.links.grantsOf(links.map(({ id }) => id)),
    ]);
    const watched = await this.watched(grants);
    return links.map((link) => {
      const own = grants.filter(({ linkId }) => linkId === link.id);
      return {
        id: link.id,
        label: link.label,
        items: link.itemIds.flatMap((id) => named(id, items.get(id))),
        viewer: { id: link.viewerId, title: viewers.get(link.viewerId) ?? link.viewerId },
        control: link.control,
        watermark: link.watermark,
        hasPasscode: link.passcodeHash !== null,
        maximumUses: link.maximumUses,
        uses: link.uses,
        createdAt: link.createdAt,
        expiresAt: link.expiresAt,
        revokedAt: link.revokedAt,
        state: linkState(link, this.clock.instant()),
        watching: own.reduce((sum, { id }) => sum + (watched.get(id) ?? 0), 0),
        visits: own.map(({ visitorName, createdAt }) => ({ name: visitorName, at: createdAt })),
      };
    });
  }

  private async itemTitles(links: readonly ShareLink[]): Promise<Map<string, string>> {
    const ids = [...new Set(links.flatMap(({ itemIds }) => itemIds))];
    return new Map((await this.records.views(ids)).map(({ id, title }) => [id, title]));
  }

  private async viewerTitles(links: readonly ShareLink[]): Promise<Map<string, string>> {
    const ids = [...new Set(links.map(({ viewerId }) => viewerId))];
    return new Map(await Promise.all(ids.map(async (id) => [id, await this.catalogue.titleOf(id)] as const)));
  }

  /** Open displays per grant. */
  private async watched(grants: readonly Grant[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    const open = await this.participations.findBy({
      participantId: In(grants.map(({ id }) => id)),
      leftAt: IsNull(),
    });
    for (const { participantId } of open) counts.set(participantId, (counts.get(participantId) ?? 0) + 1);
    return counts;
  }
}

const named = (id: string, title: string | undefined): NamedDto[] =>
  title === undefined ? [] : [{ id, title }];
