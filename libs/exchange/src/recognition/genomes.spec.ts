import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { memorySource } from '@vitrine/dicom';
import { recognise } from './recognise.js';

const END = Buffer.from('1f8b08040000000000ff0600424302001b0003000000000000000000', 'hex');

/** One block of BGZF (SAM specification §4.1), without the empty one that ends a file. */
function block(content: string): Buffer {
  const plain = Buffer.from(content, 'latin1');
  const packed = deflateRawSync(plain);
  const head = Buffer.from('1f8b08040000000000ff060042430200', 'hex');
  const size = Buffer.alloc(2);
  size.writeUInt16LE(head.length + 2 + packed.length + 8 - 1);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(plain));
  tail.writeUInt32LE(plain.length, 4);
  return Buffer.concat([head, size, packed, tail]);
}
const bgzf = (content: string): Buffer => Buffer.concat([block(content), END]);

const answer = (content: Buffer, name: string) => {
  const found = recognise(memorySource(content), name);
  if (found.kind !== 'file') return found.kind === 'refused' ? found.code : found.kind;
  return found.format === 'index' ? `index ${found.index}` : found.format;
};

describe('recognise, of genomes', () => {
  it.each([
    ['a BAM', bgzf('BAM\x01\x00\x00\x00\x00\x00\x00\x00\x00'), 'bam'],
    ['a BCF', bgzf('BCF\x02\x02\x13\x00\x00\x00##fileformat=VCFv4.2\n\x00'), 'bcf'],
    ['a CSI, which is packed', bgzf('CSI\x01\x0e\x00\x00\x00\x05\x00\x00\x00'), 'index csi'],
    ['a TBI, which is packed', bgzf('TBI\x01\x01\x00\x00\x00'), 'index tbi'],
    ['a BAI, which is not', Buffer.from('BAI\x01\x00\x00\x00\x00', 'latin1'), 'index bai'],
  ])('knows %s by its first bytes, whatever its name', (_, content, format) => {
    expect(answer(content, 'holiday.jpg')).toBe(format);
  });

  it.each(['BAM\x01\x00\x00\x00\x00', 'BCF\x02\x02\x13\x00\x00\x00'])(
    'refuses one that breaks off: %j',
    (start) => {
      expect(answer(block(start), 'a')).toBe('exchange.incomplete');
    },
  );

  it('knows the tables of a FASTA and of a CRAM, plain and packed, by their names', () => {
    const fai = 'chr1\t248956422\t112\t70\t71\n';
    const crai = '0\t1\t100\t26\t340\t500\n';
    expect(answer(Buffer.from(fai), 'hg38.fa.fai')).toBe('index fai');
    expect(answer(Buffer.from(crai), 'a.cram.crai')).toBe('index crai');
    expect(answer(gzipSync(crai), 'a.cram.crai')).toBe('index crai');
    expect(answer(Buffer.from(fai), 'numbers.tsv')).not.toBe('index fai');
  });
});
