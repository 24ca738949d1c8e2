/** Records of a ZIP archive (PKWARE APPNOTE 6.3.9), little endian, sizes and offsets in bytes. */

export interface ZipHead {
  /** `/` between folders, UTF-8. */
  readonly name: string;
  readonly at: Date;
  /** As it lies in the archive. */
  readonly storedBytes: number;
  /** As it comes out. */
  readonly plainBytes: number;
  readonly crc32: number;
  /** 0 = stored; 99 = sealed, and then with an extra field that says how (WinZip AES). */
  readonly method: 0 | 99;
  readonly extra: Buffer;
}

const MAXIMUM_32 = 0xffffffff;
const MAXIMUM_16 = 0xffff;
const ZIP64 = 45;
const AES = 51;
const PLAIN = 20;
const UNIX_FILE = (0o100644 << 16) >>> 0;

/** Bit 11: the name is UTF-8. Bit 0: the content is sealed. */
const flagsOf = ({ method }: ZipHead): number => 0x0800 | (method === 99 ? 1 : 0);

const isLarge = ({ storedBytes, plainBytes }: Pick<ZipHead, 'storedBytes' | 'plainBytes'>): boolean =>
  storedBytes >= MAXIMUM_32 || plainBytes >= MAXIMUM_32;

export const nameLength = (name: string): number => Buffer.byteLength(name);

/** §4.3.7 */
export function localHeader(head: ZipHead): Buffer {
  const name = Buffer.from(head.name);
  const extra = Buffer.concat([
    isLarge(head) ? zip64Extra([head.plainBytes, head.storedBytes]) : NOTHING,
    head.extra,
  ]);
  const bytes = Buffer.alloc(30);
  bytes.writeUInt32LE(0x04034b50, 0);
  common(bytes, 4, head, extra.length, name.length);
  return Buffer.concat([bytes, name, extra]);
}

/** §4.3.12 */
export function centralHeader(head: ZipHead, offset: number): Buffer {
  const name = Buffer.from(head.name);
  const values = [
    ...(isLarge(head) ? [head.plainBytes, head.storedBytes] : []),
    ...(offset >= MAXIMUM_32 ? [offset] : []),
  ];
  const extra = Buffer.concat([values.length > 0 ? zip64Extra(values) : NOTHING, head.extra]);
  const bytes = Buffer.alloc(46);
  bytes.writeUInt32LE(0x02014b50, 0);
  // Made by Unix, so that the permissions below count.
  bytes.writeUInt16LE((3 << 8) | ZIP64, 4);
  common(bytes, 6, head, extra.length, name.length);
  if (offset >= MAXIMUM_32) bytes.writeUInt16LE(ZIP64, 6);
  bytes.writeUInt32LE(UNIX_FILE, 38);
  bytes.writeUInt32LE(Math.min(offset, MAXIMUM_32), 42);
  return Buffer.concat([bytes, name, extra]);
}

export const localHeaderBytes = (head: ZipHead): number =>
  30 + nameLength(head.name) + (isLarge(head) ? 20 : 0) + head.extra.length;

export const centralHeaderBytes = (head: ZipHead, offset: number): number => {
  const values = (isLarge(head) ? 2 : 0) + (offset >= MAXIMUM_32 ? 1 : 0);
  return 46 + nameLength(head.name) + (values > 0 ? 4 + 8 * values : 0) + head.extra.length;
};

/** §4.3.14 to §4.3.16, with the 64 bit records only where they are needed. */
export function endOfArchive(entries: number, directoryAt: number, directoryBytes: number): Buffer {
  const large = entries >= MAXIMUM_16 || directoryAt >= MAXIMUM_32 || directoryBytes >= MAXIMUM_32;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(entries, MAXIMUM_16), 8);
  end.writeUInt16LE(Math.min(entries, MAXIMUM_16), 10);
  end.writeUInt32LE(Math.min(directoryBytes, MAXIMUM_32), 12);
  end.writeUInt32LE(Math.min(directoryAt, MAXIMUM_32), 16);
  if (!large) return end;
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE((3 << 8) | ZIP64, 12);
  end64.writeUInt16LE(ZIP64, 14);
  end64.writeBigUInt64LE(BigInt(entries), 24);
  end64.writeBigUInt64LE(BigInt(entries), 32);
  end64.writeBigUInt64LE(BigInt(directoryBytes), 40);
  end64.writeBigUInt64LE(BigInt(directoryAt), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(directoryAt + directoryBytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end]);
}

const NOTHING = Buffer.alloc(0);

/** The fields that both headers have in the same order: version needed, flags, method, time, CRC, sizes, lengths. */
function common(bytes: Buffer, at: number, head: ZipHead, extraLength: number, name: number): void {
  bytes.writeUInt16LE(head.method === 99 ? AES : isLarge(head) ? ZIP64 : PLAIN, at);
  bytes.writeUInt16LE(flagsOf(head), at + 2);
  bytes.writeUInt16LE(head.method, at + 4);
  bytes.writeUInt32LE(dosTime(head.at), at + 6);
  bytes.writeUInt32LE(head.crc32, at + 10);
  bytes.writeUInt32LE(isLarge(head) ? MAXIMUM_32 : head.storedBytes, at + 14);
  bytes.writeUInt32LE(isLarge(head) ? MAXIMUM_32 : head.plainBytes, at + 18);
  bytes.writeUInt16LE(name, at + 22);
  bytes.writeUInt16LE(extraLength, at + 24);
}

/** §4.5.3 */
function zip64Extra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(0x0001, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  values.forEach((value, index) => extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index));
  return extra;
}

/** Date and time of MS-DOS, in UTC: the time zone of the server must not change the bytes. */
function dosTime(at: Date): number {
  const year = Math.min(Math.max(at.getUTCFullYear(), 1980), 2107) - 1980;
  const date = (year << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return ((date << 16) | time) >>> 0;
}
