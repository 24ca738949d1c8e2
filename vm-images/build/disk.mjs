import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { BuildError } from './process.mjs';

const GIB = 1024n ** 3n;
/** What a disk may claim to hold; QEMU keeps tables of that size in the guest's memory. */
const LARGEST_GIB = 256n;
const MAGIC = 0x514649fb; // “QFI\xfb”
/** Compression type and extended L2 entries; all other incompatible features change what the file means or needs. */
const HARMLESS_FEATURES = 0b11000n;
/** The end of the list, and the names of features. */
const HARMLESS_EXTENSIONS = [0, 0x6803f857];
const CHECK_MS = 300_000;
const HELP =
  'A copy that stands alone is made with: qemu-img convert -f qcow2 -O qcow2 <disk> <copy>, if you trust the disk.';

/**
 * Looks whether a file is a disk that consists of nothing but itself: qcow2 without backing file, external data,
 * encryption or snapshots, and of a bounded size. Reads the header here, by the format's own description (QEMU,
 * docs/interop/qcow2.txt), and has the tables checked by qemu-img in a guest that reaches nothing. `path` must be
 * readable for everybody. Throws a BuildError with one sentence.
 */
export async function checkDisk(engine, image, path, seccomp) {
  const fault = faultOf(await headOf(path));
  if (fault) throw new BuildError(`This disk cannot be registered: ${fault}.`, HELP);
  const answer = await engine.runSealed({
    name: `vitrine-check-disk-${randomBytes(8).toString('hex')}`,
    image,
    seccomp,
    file: path,
    command: ['qemu-img', 'check', '-q', '-f', 'qcow2', '/input'],
    timeoutMs: CHECK_MS,
  });
  // 3: parts of the file are used by nothing, which harms nobody.
  if (answer.code !== 0 && answer.code !== 3)
    throw new BuildError('This disk cannot be registered: qemu-img finds it damaged.', answer.tail);
}

async function headOf(path) {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Pure: what is wrong with the head of a file, in words that follow “: ”; undefined for a plain qcow2. */
export function faultOf(head) {
  if (head.length < 72 || head.readUInt32BE(0) !== MAGIC) return 'it is no qcow2 file';
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) return `its version of qcow2 is ${version}, not 2 or 3`;
  if (version === 3 && head.length < 104) return 'its header is cut off';
  if (head.readBigUInt64BE(8) !== 0n || head.readUInt32BE(16) !== 0)
    return 'it leans on another file (backing file)';
  const size = head.readBigUInt64BE(24);
  if (size === 0n || size > LARGEST_GIB * GIB)
    return `it claims to hold ${size / GIB} GiB, and 1 to ${LARGEST_GIB} are taken`;
  if (head.readUInt32BE(32) !== 0) return 'it is encrypted';
  if (head.readUInt32BE(60) !== 0) return 'it holds snapshots';
  const features = version === 3 ? head.readBigUInt64BE(72) : 0n;
  if (features & 0b100n) return 'its data lies in another file';
  if (features & 0b11n) return 'it was not closed properly or is damaged';
  if (features & ~HARMLESS_FEATURES) return 'it uses features that are not known';
  return faultOfExtensions(head, version === 3 ? head.readUInt32BE(100) : 72);
}

function faultOfExtensions(head, start) {
  for (let at = start; at + 8 <= head.length;) {
    const type = head.readUInt32BE(at);
    if (type === 0) return undefined;
    if (!HARMLESS_EXTENSIONS.includes(type))
      return `its header says more than a disk needs (0x${type.toString(16)})`;
    at += 8 + Math.ceil(head.readUInt32BE(at + 4) / 8) * 8;
  }
  return 'its header has no end';
}
