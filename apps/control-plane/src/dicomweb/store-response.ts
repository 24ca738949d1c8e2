import type { JsonDataSet } from '@vitrine/dicom';
import type { StoredInstance } from '@vitrine/exchange';
import type { ProblemCode } from '@vitrine/kernel';
import type { DicomwebUrls } from './dicomweb-urls.js';

// Failure reasons of PS3.18 table I.2-2.
const OUT_OF_RESOURCES = 0xa700;
const DATA_SET_MISMATCH = 0xa900;
const CANNOT_UNDERSTAND = 0xc000;
const PROCESSING_FAILURE = 0x0110;
// Of the warning reasons (table I.2-1) the one that says that what was kept is not quite what was meant.
const DATA_SET_MISMATCH_WARNING = 0xb007;

const FAILURE_REASONS: Partial<Record<ProblemCode, number>> = {
  'exchange.too-large': OUT_OF_RESOURCES,
  'exchange.other-study': DATA_SET_MISMATCH,
  'exchange.not-dicom': CANNOT_UNDERSTAND,
  'exchange.damaged-dicom': CANNOT_UNDERSTAND,
  'exchange.truncated-dicom': CANNOT_UNDERSTAND,
};

export interface StoreAnswer {
  /** 200 all stored, 202 some or with a warning, 409 none (PS3.18 table 10.5.3-1). */
  readonly status: 200 | 202 | 409;
  readonly body: JsonDataSet;
}

/**
 * The answer to a store request (PS3.18 §10.5.3, §I.2). `urls` is left out for those who may not fetch what they sent.
 * What is no DICOM has no UIDs to name it by and stands in Other Failures (0008,119A), in the order of the parts.
 */
export function storeAnswer(instances: readonly StoredInstance[], urls?: DicomwebUrls): StoreAnswer {
  const kept = instances.filter(({ outcome }) => outcome !== 'refused');
  const failed = instances.filter(({ outcome, facts }) => outcome === 'refused' && facts !== null);
  const unnamed = instances.filter(({ outcome, facts }) => outcome === 'refused' && facts === null);
  const studies = [...new Set(kept.map(({ facts }) => facts?.studyInstanceUid ?? ''))];
  const body: JsonDataSet = {
    ...(urls !== undefined && studies.length === 1 && studies[0] !== undefined
      ? { '00081190': { vr: 'UR', Value: [urls.study(studies[0])] } }
      : {}),
    ...sequence('00081198', failed.map(failedItem)),
    ...sequence(
      '00081199',
      kept.map((one) => keptItem(one, urls)),
    ),
    ...sequence(
      '0008119A',
      unnamed.map(({ code }) => reason(code)),
    ),
  };
  const clean = kept.every(({ outcome }) => outcome === 'stored');
  return { status: kept.length === 0 ? 409 : clean && kept.length === instances.length ? 200 : 202, body };
}

const sequence = (tag: string, items: readonly JsonDataSet[]): JsonDataSet =>
  items.length === 0 ? {} : { [tag]: { vr: 'SQ', Value: items } };

const reason = (code: ProblemCode | undefined): JsonDataSet => ({
  '00081197': {
    vr: 'US',
    Value: [(code === undefined ? undefined : FAILURE_REASONS[code]) ?? PROCESSING_FAILURE],
  },
});

const references = ({ facts }: StoredInstance): JsonDataSet => ({
  '00081150': { vr: 'UI', Value: [facts?.sopClassUid ?? ''] },
  '00081155': { vr: 'UI', Value: [facts?.sopInstanceUid ?? ''] },
});

const failedItem = (one: StoredInstance): JsonDataSet => ({ ...references(one), ...reason(one.code) });

function keptItem(one: StoredInstance, urls: DicomwebUrls | undefined): JsonDataSet {
  const { facts, outcome } = one;
  return {
    ...references(one),
    ...(urls === undefined || facts === null
      ? {}
      : {
          '00081190': {
            vr: 'UR',
            Value: [urls.instance(facts.studyInstanceUid, facts.seriesInstanceUid, facts.sopInstanceUid)],
          },
        }),
    ...(outcome === 'apart' ? { '00081196': { vr: 'US', Value: [DATA_SET_MISMATCH_WARNING] } } : {}),
  };
}
