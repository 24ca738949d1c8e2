import { readDicom, type ByteSource, type DicomAnswer } from '@vitrine/dicom';
import type { Answer } from './answer.js';
import { isBelongingsOfADisc } from './disc-belongings.js';
import { endsAsBgzf, endsAsCram, unpackedStart } from './genome-containers.js';
import { recogniseText } from './text-formats.js';

const START_BYTES = 64 * 1024;
// More than any photograph or scanned page has.
const MAXIMUM_PICTURE_PIXELS = 200_000_000;

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
  const found = byMagic(start, source) ?? fromGzip(start, source, name) ?? fromText(start, name);
  if (found !== undefined) return found;
  if (isBelongingsOfADisc(name)) return { kind: 'ignored' };
  return { kind: 'refused', code: 'exchange.unknown-format' };
}

const file = (format: (Answer & { kind: 'file' })['format']): Answer => ({
  kind: 'file',
  format,
  flagged: false,
});

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
  if (begins(start, '%PDF-')) return file('pdf');
  if (begins(start, '\x89PNG\r\n\x1a\n')) {
    if (start.length < 24) return { kind: 'refused', code: 'exchange.incomplete' };
    const pixels = start.readUInt32BE(16) * start.readUInt32BE(20);
    return pixels > MAXIMUM_PICTURE_PIXELS ? { kind: 'refused', code: 'exchange.too-large' } : file('image');
  }
  if (begins(start, '\xff\xd8\xff')) return file('image');
  if (begins(start, 'CRAM'))
    return endsAsCram(source) ? file('cram') : { kind: 'refused', code: 'exchange.incomplete' };
  if (begins(start, 'BAI\x01') || begins(start, 'CSI\x01') || begins(start, 'TBI\x01')) return file('index');
  return undefined;
}

function fromGzip(start: Buffer, source: ByteSource, name: string): Answer | undefined {
  if (!begins(start, '\x1f\x8b')) return undefined;
  const unpacked = unpackedStart(start, source.size);
  if (unpacked === 'damaged') return { kind: 'refused', code: 'exchange.damaged-archive' };
  if (unpacked === 'bomb') return { kind: 'refused', code: 'exchange.archive-bomb' };
  const inner = unpacked.bytes;
  if (begins(inner, 'BAI\x01') || begins(inner, 'CSI\x01') || begins(inner, 'TBI\x01')) return file('index');
  const format = begins(inner, 'BAM\x01') ? 'bam' : recogniseText(inner, name.replace(/\.gz$/, ''));
  if (format === undefined || format === 'genotype') return undefined;
  if (unpacked.blocked && !endsAsBgzf(source)) return { kind: 'refused', code: 'exchange.incomplete' };
  return file(format);
}

function fromText(start: Buffer, name: string): Answer | undefined {
  const format = recogniseText(start, name);
  return format === undefined ? undefined : file(format);
}
