import type { Format } from '@vitrine/records';
import { isBelongingsOfADisc } from './disc-belongings.js';

const START_BYTES = 64 * 1024;
const LINES = 40;
const LONGEST_LINE = 20_000;

type TextFormat = Extract<Format, 'vcf' | 'fasta' | 'bed' | 'gff' | 'genotype' | 'text'>;

/**
 * Recognises the text formats of genomics by their first lines. Other text is only taken when it is named so; what is
 * meant for programs (CSV, JSON, HL7) is not something to read.
 */
export function recogniseText(start: Buffer, name: string): TextFormat | undefined {
  const text = start.subarray(0, START_BYTES).toString('latin1');
  // Text has no zero bytes, and what begins as markup is a page whatever follows.
  if (text.includes('\0') || /^\s*</.test(text)) return undefined;
  if (/^##fileformat=VCFv\d/.test(text)) return 'vcf';
  if (/^##gff-version\s/.test(text)) return 'gff';
  const lines = text.split(/\r?\n/, LINES + 200).filter((line) => line.trim() !== '');
  // The last line may be cut in the middle.
  if (start.length >= START_BYTES) lines.pop();
  if (lines.some((line) => line.length > LONGEST_LINE)) return /^>\S/.test(text) ? 'fasta' : undefined;
  if (isGenotype(lines)) return 'genotype';
  const rows = lines.filter((line) => !/^(#|track\b|browser\b)/.test(line)).slice(0, LINES);
  const first = rows[0];
  if (first === undefined) return undefined;
  if (/^>\S/.test(first)) return rows.every((line) => /^(>|[A-Za-z*-]+$)/.test(line)) ? 'fasta' : undefined;
  if (rows.every(isGff)) return 'gff';
  if (rows.every(isBed)) return 'bed';
  return /\.txt$/.test(name) && !isBelongingsOfADisc(name) && isReadable(start) ? 'text' : undefined;
}

/** The table of a FASTA (samtools faidx): a name and four numbers. Its own name tells it from a table of that shape. */
export const isFai = (start: Buffer, name: string): boolean =>
  name.endsWith('.fai') && isTable(start, isNumbersAfter(1, 5));

/** The table of a CRAM (CRAM specification §12): six numbers, often packed. */
export const isCrai = (start: Buffer, name: string): boolean =>
  name.endsWith('.crai') && isTable(start, isNumbersAfter(0, 6));

function isTable(start: Buffer, isRow: (line: string) => boolean): boolean {
  const lines = start
    .subarray(0, START_BYTES)
    .toString('latin1')
    .split(/\r?\n/, LINES + 1);
  // The last line may be cut in the middle.
  const rows = (lines.length > 1 ? lines.slice(0, -1) : lines).filter((line) => line !== '');
  return rows.length > 0 && rows.every(isRow);
}

/** UTF-8 without control characters; the last character may be cut. */
function isReadable(start: Buffer): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    // eslint-disable-next-line no-control-regex
    return !/[\u0000-\u0008\u000e-\u001f\u007f]/.test(text);
  } catch {
    return false;
  }
}

const isWhole = (text: string | undefined): boolean => /^-?\d{1,15}$/.test(text ?? '');

const isNumbersAfter =
  (names: number, columns: number) =>
  (line: string): boolean => {
    const cells = line.split('\t');
    return cells.length === columns && cells.slice(names).every(isWhole);
  };

function isGff(line: string): boolean {
  const cells = line.split('\t');
  return (
    cells.length >= 8 &&
    cells.length <= 9 &&
    isWhole(cells[3]) &&
    isWhole(cells[4]) &&
    /^[+\-.?]$/.test(cells[6] ?? '')
  );
}

function isBed(line: string): boolean {
  const cells = line.trim().split(/\t| +/);
  const [chromosome = '', start, end] = cells;
  return (
    cells.length >= 3 &&
    cells.length <= 15 &&
    /^[\w.:-]{1,80}$/.test(chromosome) &&
    isWhole(start) &&
    isWhole(end) &&
    Number(start) <= Number(end) &&
    (cells[5] === undefined || /^[+\-.]$/.test(cells[5]))
  );
}

/** Raw data of consumer tests: a marker, its place and two letters, below a heading that names these columns. */
function isGenotype(lines: readonly string[]): boolean {
  const heading = lines.find((line) => /\brsid\b/i.test(line) && /(genotype|allele1|result)/i.test(line));
  if (heading === undefined) return false;
  const rows = lines.slice(lines.indexOf(heading) + 1).filter((line) => !line.startsWith('#'));
  return (
    rows.length > 0 &&
    rows
      .slice(0, LINES)
      .every((line) => /(^|[\t,"])(rs|i|kgp|vg|exm)[\w.-]*["\t,]/i.test(line) && /[ACGTDI0-]/.test(line))
  );
}
