import { connectGuestSocket, type GuestEndpoint } from '@vitrine/hypervisor';
import { Problem, sooner } from '@vitrine/kernel';
import { ByteReader } from './byte-reader.js';
import type { Picture } from './picture.js';

const LARGEST = 4096;
const LONGEST_NAME = 1024;
const MESSAGE = { setPixelFormat: 0, setEncodings: 2, updateRequest: 3 } as const;
const FROM_SERVER = { update: 0, colourMap: 1, bell: 2, cutText: 3 } as const;
const SECURITY_NONE = 1;

/** A whole picture takes much less; where it did not, there is twice the time for the next one. */
const PICTURE_MS = 5_000;

/**
 * Looks at a display until it has a whole picture, as an RFB client (RFC 6143) that asks for raw pixels. The display is a
 * stranger's program: every size that it names is checked before it is believed. A machine that changes the size of its
 * screen while it is looked at leaves that picture unfinished for ever, so it is looked at again; each time for longer,
 * since on a busy machine one that is cut off has to begin anew. Throws `hypervisor.not-answering`.
 */
export async function grabFrame(
  endpoint: GuestEndpoint,
  signal: AbortSignal,
  pictureMs = PICTURE_MS,
): Promise<Picture> {
  for (let patienceMs = pictureMs; ; patienceMs *= 2) {
    const late = AbortSignal.timeout(patienceMs);
    try {
      return await grabOnce(endpoint, sooner(signal, late));
    } catch (error) {
      if (signal.aborted || !late.aborted) throw error;
    }
  }
}

async function grabOnce(endpoint: GuestEndpoint, signal: AbortSignal): Promise<Picture> {
  const socket = await connectGuestSocket(endpoint, { signal });
  try {
    const reader = new ByteReader(socket, LARGEST * LARGEST * 8, signal);
    const write = (bytes: readonly number[]) => socket.write(Buffer.from(bytes));

    await reader.read(12);
    socket.write('RFB 003.008\n');
    const [types = 0] = await reader.read(1);
    if (types === 0 || !(await reader.read(types)).includes(SECURITY_NONE)) throw odd('no open access');
    write([SECURITY_NONE]);
    if ((await reader.read(4)).readUInt32BE() !== 0) throw odd('refused');
    write([1]); // shared: whoever else looks stays

    const init = await reader.read(24);
    const width = init.readUInt16BE(0);
    const height = init.readUInt16BE(2);
    if (width === 0 || height === 0 || width > LARGEST || height > LARGEST) throw odd('size');
    const nameLength = init.readUInt32BE(20);
    if (nameLength > LONGEST_NAME) throw odd('name');
    await reader.read(nameLength);

    // 32 bits a pixel, little-endian, true colour, blue first.
    write([MESSAGE.setPixelFormat, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]);
    write([MESSAGE.setEncodings, 0, 0, 1, 0, 0, 0, 0]); // raw only
    const size = Buffer.alloc(4);
    size.writeUInt16BE(width, 0);
    size.writeUInt16BE(height, 2);
    write([MESSAGE.updateRequest, 0, 0, 0, 0, 0, ...size]);
    return await readPicture(reader, width, height);
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

async function readPicture(reader: ByteReader, width: number, height: number): Promise<Picture> {
  const pixels = Buffer.alloc(width * height * 4);
  let painted = 0;
  while (painted < width * height) {
    const [kind] = await reader.read(1);
    switch (kind) {
      case FROM_SERVER.update:
        painted += await readUpdate(reader, pixels, width, height);
        break;
      case FROM_SERVER.colourMap:
        await reader.read((await reader.read(5)).readUInt16BE(3) * 6);
        break;
      case FROM_SERVER.bell:
        break;
      case FROM_SERVER.cutText:
        await reader.read((await reader.read(7)).readUInt32BE(3));
        break;
      case undefined:
      default:
        throw odd('message');
    }
  }
  return { width, height, pixels };
}

async function readUpdate(
  reader: ByteReader,
  pixels: Buffer,
  width: number,
  height: number,
): Promise<number> {
  const rectangles = (await reader.read(3)).readUInt16BE(1);
  let painted = 0;
  for (let index = 0; index < rectangles; index++) {
    const head = await reader.read(12);
    const [x, y, w, h] = [0, 2, 4, 6].map((at) => head.readUInt16BE(at)) as [number, number, number, number];
    if (head.readInt32BE(8) !== 0 || x + w > width || y + h > height) throw odd('rectangle');
    const raw = await reader.read(w * h * 4);
    for (let row = 0; row < h; row++)
      raw.copy(pixels, ((y + row) * width + x) * 4, row * w * 4, (row + 1) * w * 4);
    painted += w * h;
  }
  return painted;
}

const odd = (what: string): Problem =>
  new Problem('hypervisor.not-answering', { logContext: { reason: `the display is odd: ${what}` } });
