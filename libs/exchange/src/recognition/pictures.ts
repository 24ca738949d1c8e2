import type { ByteSource } from '@vitrine/dicom';

// More than any photograph or scanned page has.
const MAXIMUM_PIXELS = 200_000_000;
const HEADER_BYTES = 1024 * 1024;
const MOST_SEGMENTS = 10_000;

export type PictureAnswer = 'image' | 'webp' | 'incomplete' | 'too-large';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Finds its own size, in the beginning of the file if it can; undefined where there is none. */
type Measure = (start: Buffer, source: ByteSource) => Size | undefined;

const KINDS: readonly { readonly begins: RegExp; readonly measure: Measure }[] = [
  // eslint-disable-next-line no-control-regex
  { begins: /^\x89PNG\r\n\x1a\n/, measure: (png) => bigEndian(png, 16, 20) },
  { begins: /^\xff\xd8\xff/, measure: measureJpeg },
  { begins: /^GIF8[79]a/, measure: (gif) => ({ width: gif.readUInt16LE(6), height: gif.readUInt16LE(8) }) },
  { begins: /^RIFF[^]{4}WEBPVP8[ LX]/, measure: measureWebp },
  // Two letters are little: the kind of header that follows them is one of those that there are.
  {
    begins: /^BM[^]{4}\0{4}[^]{4}[\x28\x34\x38\x6c\x7c]\0{3}/,
    measure: (bmp) => ({ width: Math.abs(bmp.readInt32LE(18)), height: Math.abs(bmp.readInt32LE(22)) }),
  },
  { begins: /^(II\*\0|MM\0\*)/, measure: measureTiff },
];

/** Whether a file is a picture that can be shown: JPEG, PNG, GIF, WebP, BMP or TIFF. Undefined for what is none. */
export function recognisePicture(source: ByteSource, start: Buffer): PictureAnswer | undefined {
  const head = start.subarray(0, 32).toString('latin1');
  const kind = KINDS.find(({ begins }) => begins.test(head));
  if (kind === undefined) return undefined;
  try {
    const size = kind.measure(Buffer.from(source.read(0, HEADER_BYTES)), source);
    if (size === undefined || size.width * size.height === 0) return 'incomplete';
    if (size.width * size.height > MAXIMUM_PIXELS) return 'too-large';
    // A format of its own, because the page viewer cannot show it.
    return kind.measure === measureWebp ? 'webp' : 'image';
  } catch {
    // It ends within its own header.
    return 'incomplete';
  }
}

const bigEndian = (bytes: Buffer, width: number, height: number): Size => ({
  width: bytes.readUInt32BE(width),
  height: bytes.readUInt32BE(height),
});

/**
 * Walks over the segments to the frame header (ITU-T T.81 §B.2.2). What comes before it may be long: phones put films and
 * depth maps there.
 */
function measureJpeg(_: Buffer, source: ByteSource): Size | undefined {
  let at = 2;
  for (let segment = 0; segment < MOST_SEGMENTS; segment++) {
    const head = Buffer.from(source.read(at, 9));
    if (head[0] !== 0xff) return undefined;
    const marker = head[1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    // SOF0 to SOF15; among them DHT, JPG and DAC are no frames.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { height: head.readUInt16BE(5), width: head.readUInt16BE(7) };
    at += 2 + head.readUInt16BE(2);
  }
  return undefined;
}

function measureWebp(webp: Buffer): Size | undefined {
  switch (webp.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: webp.readUInt16LE(26) & 0x3fff, height: webp.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = webp.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    default:
      return { width: webp.readUIntLE(24, 3) + 1, height: webp.readUIntLE(27, 3) + 1 };
  }
}

/** Width and height of the first directory (TIFF 6.0 §2), wherever in the beginning it lies. */
function measureTiff(tiff: Buffer): Size | undefined {
  const little = tiff[0] === 0x49;
  const short = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number) => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const directory = long(4);
  // Many programs write the directory behind the pixels: then the viewer finds out.
  if (directory + 2 > tiff.length) return { width: 1, height: 1 };
  const found = new Map<number, number>();
  const entries = short(directory);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * entry;
    found.set(short(at), short(at + 2) === 3 ? short(at + 8) : long(at + 8));
  }
  const [width, height] = [found.get(256), found.get(257)];
  return width === undefined || height === undefined ? undefined : { width, height };
}
