import type { RecordFile } from './record-file.entity.js';
import {
  UNDECIDED_RESULT_DAYS,
  type AboutDocument,
  type Format,
  type ItemKind,
  type ItemOrigin,
  type ItemState,
  type RecordItem,
  type StudyFacts,
} from './record-item.entity.js';

/** An item as it is shown in a list. */
export interface ItemView {
  readonly id: string;
  readonly kind: ItemKind;
  readonly state: ItemState;
  readonly title: string;
  readonly takenOn: string | null;
  readonly addedAt: string;
  readonly formats: readonly Format[];
  readonly count: number;
  readonly bytes: number;
  readonly hasThumbnail: boolean;
  /** Files of it that were found damaged when they were last read. */
  readonly damagedFiles: number;
  readonly study?: Omit<StudyFacts, 'studyInstanceUid' | 'accessionNumber'>;
  readonly document?: AboutDocument;
  /** Of what the patient did not add: who sent it, or the viewer that it was saved in. */
  readonly from?: {
    readonly kind: 'provider' | 'viewer';
    readonly organisation: string;
    readonly at: string;
    /** Thrown away then, unless the patient says yes before. */
    readonly until?: string;
  };
}

export interface SeriesView {
  readonly uid: string;
  readonly modality: string;
  readonly description: string;
  readonly number: number | null;
  readonly images: number;
}

export interface ItemDetail extends ItemView {
  readonly series: readonly SeriesView[];
  readonly files: readonly {
    readonly name: string;
    readonly format: RecordFile['format'];
    readonly bytes: number;
  }[];
  readonly origin: ItemOrigin;
}

/** Whether the stored files are what they were when they came. */
export interface Integrity {
  readonly files: number;
  readonly intact: number;
  readonly damaged: number;
  /** The oldest of the latest checks; null while some file was never checked. */
  readonly checkedAt: string | null;
  /** What the damaged files belong to. */
  readonly items: readonly { readonly id: string; readonly title: string; readonly damagedFiles: number }[];
}

// A page that lists more names than this helps nobody; the count says how many there are.
const FILES_SHOWN = 500;
const DAY_MS = 24 * 60 * 60_000;

export function viewOf(item: RecordItem, damagedFiles = 0): ItemView {
  const { id, kind, state, title, takenOn, addedAt, formats, count, bytes, study, origin } = item;
  const view = { id, kind, state, title, takenOn, addedAt, formats, count, bytes };
  return {
    ...view,
    hasThumbnail: item.thumbnailBlobId !== null,
    damagedFiles,
    ...(study === null
      ? {}
      : {
          study: {
            modalities: study.modalities,
            description: study.description,
            bodyPart: study.bodyPart,
            institution: study.institution,
            patientName: study.patientName,
            patientBirthDate: study.patientBirthDate,
            seriesCount: study.seriesCount,
            mismatch: study.mismatch,
          },
        }),
    ...(item.document === null ? {} : { document: item.document }),
    ...(origin.kind === 'self'
      ? {}
      : {
          from: { kind: origin.kind, organisation: origin.name, at: origin.at, ...untilOf(item) },
        }),
  };
}

function untilOf({ state, origin, addedAt }: RecordItem): { until?: string } {
  if (state !== 'pending' || origin.kind !== 'viewer') return {};
  return { until: new Date(Date.parse(addedAt) + UNDECIDED_RESULT_DAYS * DAY_MS).toISOString() };
}

export const detailOf = (
  item: RecordItem,
  files: readonly RecordFile[],
  damagedFiles: number,
): ItemDetail => ({
  ...viewOf(item, damagedFiles),
  series: seriesOf(files),
  files: files
    .slice(0, FILES_SHOWN)
    .map(({ untrustedName, format, bytes }) => ({ name: untrustedName, format, bytes })),
  origin: item.origin,
});

function seriesOf(files: readonly RecordFile[]): SeriesView[] {
  const series = new Map<string, SeriesView>();
  for (const file of files) {
    if (file.seriesInstanceUid === null) continue;
    const there = series.get(file.seriesInstanceUid);
    series.set(file.seriesInstanceUid, {
      uid: file.seriesInstanceUid,
      modality: there?.modality || (file.modality ?? ''),
      description: there?.description || (file.seriesDescription ?? ''),
      number: there?.number ?? file.seriesNumber,
      images: (there?.images ?? 0) + file.frames,
    });
  }
  return [...series.values()].sort((a, b) => (a.number ?? 1e9) - (b.number ?? 1e9));
}

/** Pending first, then the latest. */
export function byInterest(a: RecordItem, b: RecordItem): number {
  if (a.state !== b.state) return a.state === 'pending' ? -1 : 1;
  const [then, later] = [a.takenOn ?? a.addedAt, b.takenOn ?? b.addedAt];
  return then === later ? b.addedAt.localeCompare(a.addedAt) : later.localeCompare(then);
}
