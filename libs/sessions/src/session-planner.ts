import { Inject, Injectable } from '@nestjs/common';
import { PAGE_BYTES } from '@vitrine/documents';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import { GuacdImage, leavesResults, Viewer, ViewerCatalogue } from '@vitrine/viewers';
import { isForPrograms } from './readings.js';
import { RecordSource, type ChosenRecord, type Looker } from './record-source.js';
import type { SessionPlan } from './session.entity.js';

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;

export interface SessionWish {
  readonly patientId: string;
  readonly looker: Looker;
  readonly itemIds: readonly string[];
  /** The best fitting one if absent. */
  readonly viewerId?: string;
  /** Nothing that is done in it may come out, whatever its viewer may otherwise leave. */
  readonly readOnly?: boolean;
}

export interface PlannedSession {
  readonly record: ChosenRecord;
  readonly viewer: Viewer;
  readonly guacdDigest: string;
  readonly plan: SessionPlan;
  readonly title: string;
}

/** Finds out what a session would be made of. */
@Injectable()
export class SessionPlanner {
  constructor(
    private readonly records: RecordSource,
    private readonly catalogue: ViewerCatalogue,
    private readonly guacd: GuacdImage,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async choose(wish: SessionWish): Promise<PlannedSession> {
    const record = await this.records.choose(wish.patientId, wish.itemIds, wish.looker);
    const [chosen, guacdDigest] = await Promise.all([
      this.catalogue.choose(record.items, wish.viewerId),
      this.guacd.digest(),
    ]);
    const viewer = wish.readOnly ? Object.assign(new Viewer(), chosen, { results: 'none' }) : chosen;
    // A page that is made of a document may be larger than it.
    const bytes = record.files.reduce(
      (sum, file) => sum + file.bytes + (isForPrograms(file) ? PAGE_BYTES : 0),
      0,
    );
    const plan: SessionPlan = {
      network: viewer.network,
      resources: viewer.resources,
      isolation: viewer.isolation,
      guacdDigest,
      registration: viewer.registration,
      bytes,
      files: record.files.length,
      scratch: bytes > this.settings.sessions.filesMiB * MIB,
      results: leavesResults(viewer),
      ...this.timeOf(viewer),
    };
    return { record, viewer, guacdDigest, plan, title: titleOf(record.items.map(({ title }) => title)) };
  }

  /** A viewer may be made for less than the usual time, never for more. */
  private timeOf({ maximumMinutes }: Viewer): Pick<SessionPlan, 'longestMs'> {
    if (maximumMinutes === null) return {};
    return { longestMs: Math.min(maximumMinutes * MINUTE_MS, this.settings.sessions.maximumMs) };
  }
}

const titleOf = ([first = 'Your record', ...more]: readonly string[]): string =>
  more.length === 0 ? first : `${first} and ${more.length} more`;
