import { readDicom, type ByteSource, type DicomAnswer } from '@vitrine/dicom';
import { looksActive, readDocument } from '@vitrine/documents';
import type { IndexKind } from '@vitrine/records';
import type { Answer } from './answer.js';
import { isBelongingsOfADisc, isIndexOfAnExport } from './disc-belongings.js';
import { exifDate } from './exif-date.js';
import { endsAsBgzf, endsAsCram, unpackedStart } from './genome-containers.js';
import { pdfDate } from './pdf-date.js';
import { recognisePicture } from './pictures.js';
import { isMoreThanItSeems } from './second-nature.js';
import { isCrai, isFai, recogniseText } from './text-formats.js';

const START_BYTES = 64 * 1024;

/**
 * Finds out by content what a file is. The name only tells an index from a table and the belongings of a disc from an
 * unknown file. Reads a bounded part of the file, whatever its size.
 */
export function recognise(source: ByteSource, untrustedName: string): Answer {
  if (source.size === 0) return { kind: 'empty' };
  const name = untrustedName.toLowerCase();
  const dicom = fromDicom(readDicom(source));
  if (dicom !== undefined) return dicom;
  const start = Buffer.from(source.read(0, START_BYTES));
  const found =
    byMagic(start, source) ??
    fromPicture(start, source) ??
    fromGzip(start, source, name) ??
    fromDocument(source, name) ??
    fromText(start, name);
  if (found !== undefined) return found;
  if (isBelongingsOfADisc(name)) return { kind: 'ignored' };
  return { kind: 'refused', code: 'exchange.unknown-format' };
}

type Format = (Answer & { kind: 'file' })['format'];

const file = (format: Format, flagged = false, takenOn?: string): Answer => ({
  kind: 'file',
  format,
  flagged,
  ...(takenOn === undefined ? {} : { takenOn }),
});
const refused = (code: (Answer & { kind: 'refused' })['code']): Answer => ({ kind: 'refused', code });
const indexFile = (index: IndexKind): Answer => ({ kind: 'file', format: 'index', index, flagged: false });

function fromDicom(answer: DicomAnswer): Answer | undefined {
  switch (answer.kind) {
    case 'not-dicom':
      return undefined;
    case 'directory':
      return { kind: 'ignored' };
    case 'instance':
      return { kind: 'file', format: 'dicom', dicom: answer.facts, flagged: answer.flags.length > 0 };
    case 'refused':
      return {
        kind: 'refused',
        code:
          answer.reason === 'truncated'
            ? 'exchange.truncated-dicom'
            : answer.reason === 'too-large'
              ? 'exchange.too-large'
              : 'exchange.damaged-dicom',
      };
  }
}

const begins = (start: Buffer, text: string): boolean =>
  start.subarray(0, text.length).toString('latin1') === text;

function byMagic(start: Buffer, source: ByteSource): Answer | undefined {
  if (begins(start, 'PK\x03\x04') || begins(start, 'PK\x05\x06')) return { kind: 'archive' };
  // PDF readers accept some bytes before the mark; what a browser would take for a page is not let through.
  if (begins(start, '%PDF-')) return file('pdf', isMoreThanItSeems(source, 'pdf'), pdfDate(source));
  if (begins(start, 'CRAM')) return endsAsCram(source) ? file('cram') : refused('exchange.incomplete');
  return indexByMagic(start);
}

function indexByMagic(start: Buffer): Answer | undefined {
  if (begins(start, 'BAI\x01')) return indexFile('bai');
  if (begins(start, 'CSI\x01')) return indexFile('csi');
  return begins(start, 'TBI\x01') ? indexFile('tbi') : undefined;
}

function fromPicture(start: Buffer, source: ByteSource): Answer | undefined {
  const picture = recognisePicture(source, start);
  if (picture === undefined) return undefined;
  if (picture === 'incomplete' || picture === 'too-large') return refused(`exchange.${picture}`);
  return file(picture, isMoreThanItSeems(source, 'image'), exifDate(source));
}

function fromGzip(start: Buffer, source: ByteSource, name: string): Answer | undefined {
  if (!begins(start, '\x1f\x8b')) return undefined;
  const unpacked = unpackedStart(start, source.size);
  if (unpacked === 'damaged') return refused('exchange.damaged-archive');
  if (unpacked === 'bomb') return refused('exchange.archive-bomb');
  const inner = unpacked.bytes;
  const index = indexByMagic(inner) ?? (isCrai(inner, name) ? indexFile('crai') : undefined);
  if (index !== undefined) return index;
  const format = begins(inner, 'BAM\x01')
    ? 'bam'
    : begins(inner, 'BCF\x02')
      ? 'bcf'
      : recogniseText(inner, name.replace(/\.gz$/, ''));
  if (format === undefined || format === 'genotype') return undefined;
  if (unpacked.blocked && !endsAsBgzf(source)) return refused('exchange.incomplete');
  return file(format);
}

const REFUSALS = {
  unsafe: 'exchange.unsafe-document',
  damaged: 'exchange.damaged-document',
  'too-large': 'exchange.too-large',
} as const;

function fromDocument(source: ByteSource, name: string): Answer | undefined {
  const answer = readDocument(source);
  if (answer === undefined) return undefined;
  if (answer.kind === 'refused') return refused(REFUSALS[answer.reason]);
  // The table of contents of our own exports.
  if (isIndexOfAnExport(name)) return { kind: 'ignored' };
  const { format, facts, active } = answer;
  return { kind: 'file', format, document: facts, flagged: active };
}

function fromText(start: Buffer, name: string): Answer | undefined {
  if (isFai(start, name)) return indexFile('fai');
  if (isCrai(start, name)) return indexFile('crai');
  const format = recogniseText(start, name);
  return format === undefined ? undefined : file(format, looksActive(start.toString('latin1')));
}
