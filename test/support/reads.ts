import { gzipSync } from 'node:zlib';
import type { SampleFile } from '@vitrine/samples';

/** The empty block that ends every BGZF file (SAM specification §4.1.2). */
const END_BLOCK = Buffer.from('1f8b08040000000000ff0600424302001b0003000000000000000000', 'hex');

/** A BAM file without a read in it, and its index. */
export function reads(): SampleFile[] {
  const block = gzipSync(Buffer.from('BAM\x01\0\0\0\0\0\0\0\0', 'latin1'));
  const extra = Buffer.from([6, 0, 0x42, 0x43, 2, 0, 0, 0]);
  extra.writeUInt16LE(block.length + extra.length - 1, 6);
  const head = Buffer.from(block.subarray(0, 10));
  head[3] = 4;
  return [
    { name: 'reads.bam', bytes: Buffer.concat([head, extra, block.subarray(10), END_BLOCK]) },
    { name: 'reads.bam.bai', bytes: Buffer.from('BAI\x01\0\0\0\0', 'latin1') },
  ];
}
