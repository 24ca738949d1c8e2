import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { DOCUMENT_FORMATS } from '@vitrine/documents';
import { Problem } from '@vitrine/kernel';
import { Viewer } from './viewer.entity.js';

/** Something to open: the formats of its files. */
export interface Openable {
  readonly formats: readonly string[];
}

/** Which viewers there are, and which of them can open what. */
@Injectable()
export class ViewerCatalogue {
  constructor(@InjectRepository(Viewer) private readonly viewers: Repository<Viewer>) {}

  /** The viewers that can open every one of the items, the best choice first. */
  async offeredFor(items: readonly Openable[]): Promise<Viewer[]> {
    const offered = await this.viewers.findBy({ state: 'offered' });
    return fitting(offered, items);
  }

  /**
   * Whether waiting may help where none is offered for these: one that would fit is being tested, or there is none at all,
   * as in an installation whose engine has not been there yet.
   */
  async willOpen(items: readonly Openable[]): Promise<boolean> {
    const all = await this.viewers.find();
    return (
      all.length === 0 ||
      fitting(
        all.filter(({ state }) => state === 'testing'),
        items,
      ).length > 0
    );
  }

  /** The viewer to start: the one that was asked for, or else the best one. */
  async choose(items: readonly Openable[], viewerId?: string): Promise<Viewer> {
    if (viewerId === undefined) {
      const [best] = await this.offeredFor(items);
      if (best) return best;
      throw (await this.willOpen(items))
        ? new Problem('viewers.not-ready')
        : new Problem('viewers.cannot-open', { message: NONE_FITS });
    }
    const viewer = await this.get(viewerId);
    if (viewer.state !== 'offered') throw new Problem('viewers.not-offered');
    if (fitting([viewer], items).length === 0) throw new Problem('viewers.cannot-open');
    return viewer;
  }

  async get(id: string): Promise<Viewer> {
    const viewer = await this.viewers.findOneBy({ id });
    if (!viewer) throw new Problem('viewers.unknown');
    return viewer;
  }

  has(id: string): Promise<boolean> {
    return this.viewers.existsBy({ id });
  }

  /** The title of a viewer that may be gone from the catalogue meanwhile. */
  async titleOf(id: string): Promise<string> {
    const viewer = await this.viewers.findOne({ where: { id }, select: { id: true, title: true } });
    return viewer?.title ?? id;
  }

  all(): Promise<Viewer[]> {
    return this.viewers.find({ order: { rank: 'DESC', id: 'ASC' } });
  }
}

const NONE_FITS = 'No viewer can open all of this together. Please choose fewer things at once.';

/**
 * A viewer fits when it can show something of every item. The one that opens more of the formats comes first, so that
 * aligned reads with a report beside them go to the genome viewer and not to the page viewer.
 */
export function fitting(viewers: readonly Viewer[], items: readonly Openable[]): Viewer[] {
  const shown = items.map((item) => item.formats.map(shownAs));
  const wanted = new Set(shown.flat());
  const coverage = (viewer: Viewer) => viewer.formats.filter((format) => wanted.has(format)).length;
  return viewers
    .filter((viewer) => shown.every((formats) => formats.some((format) => viewer.formats.includes(format))))
    .sort((a, b) => coverage(b) - coverage(a) || b.rank - a.rank || a.id.localeCompare(b.id));
}

/** A document that is made for programs is shown as a text that a session makes of it. */
const shownAs = (format: string): string =>
  (DOCUMENT_FORMATS as readonly string[]).includes(format) ? 'text' : format;
