import type { Socket } from 'node:net';
import { connectGuestSocket, type GuestEndpoint } from '@vitrine/hypervisor';
import { Problem } from '@vitrine/kernel';
import { ByteReader } from './byte-reader.js';

// RFB (RFC 6143) and its registered extension ExtendedDesktopSize.
const SECURITY_NONE = 1;
const SET_ENCODINGS = 2;
const UPDATE_REQUEST = 3;
const SET_DESKTOP_SIZE = 251;
const RAW = 0;
const EXTENDED_DESKTOP_SIZE = -308;
/** Asks for one pixel: what is wanted is the layout, which comes with every update that is not incremental. */
const ONE_PIXEL = Buffer.from([UPDATE_REQUEST, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
const MAXIMUM_BYTES = 1024 * 1024;
const MAXIMUM_TEXT = 64 * 1024;
const MAXIMUM_RECTANGLES = 1024;

/**
 * Asks a session's display to change its size, as an RFB client of its own: guacd 1.3.0 cannot ask, but follows. The
 * display belongs to the guest and counts as hostile: everything read is bounded, and the caller's signal ends it.
 */
export async function resizeDisplay(
  endpoint: GuestEndpoint,
  width: number,
  height: number,
  signal: AbortSignal,
): Promise<void> {
  const socket = await connectGuestSocket(endpoint, { signal });
  const reader = new ByteReader(socket, MAXIMUM_BYTES);
  const abort = () => reader.fail(new Error('took too long'));
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    const bytesPerPixel = await join(socket, reader);
    const screen = await firstScreen(socket, reader, bytesPerPixel);
    // The layout that answers the second request is the new one: closing before could take the wish back.
    socket.write(Buffer.concat([desktopSize(width, height, screen), ONE_PIXEL]));
    await nextLayout(reader, bytesPerPixel);
  } catch (cause) {
    throw new Problem('sessions.display-lost', { cause });
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

interface Screen {
  readonly id: number;
  readonly flags: number;
}

/** Handshake as a shared client without password; gives the size of a pixel. */
async function join(socket: Socket, reader: ByteReader): Promise<number> {
  const banner = await reader.read(12);
  if (banner.toString('latin1', 0, 4) !== 'RFB ') throw new Error('not a display');
  socket.write('RFB 003.008\n');
  const [types = 0] = await reader.read(1);
  if (!(await reader.read(types)).includes(SECURITY_NONE)) throw new Error('display asks for a password');
  socket.write(Buffer.of(SECURITY_NONE));
  if ((await reader.read(4)).readUInt32BE(0) !== 0) throw new Error('display refuses');
  socket.write(Buffer.of(1));
  const init = await reader.read(24);
  await skip(reader, init.readUInt32BE(20), MAXIMUM_TEXT);
  return init.readUInt8(4) / 8;
}

async function firstScreen(socket: Socket, reader: ByteReader, bytesPerPixel: number): Promise<Screen> {
  const encodings = Buffer.alloc(12);
  encodings.writeUInt8(SET_ENCODINGS, 0);
  encodings.writeUInt16BE(2, 2);
  encodings.writeInt32BE(RAW, 4);
  encodings.writeInt32BE(EXTENDED_DESKTOP_SIZE, 8);
  socket.write(Buffer.concat([encodings, ONE_PIXEL]));
  return nextLayout(reader, bytesPerPixel);
}

/** Reads messages until one tells the layout of the screens. */
async function nextLayout(reader: ByteReader, bytesPerPixel: number): Promise<Screen> {
  for (;;) {
    const [type = 0] = await reader.read(1);
    if (type === 0) {
      const layout = await readUpdate(reader, bytesPerPixel);
      if (layout !== undefined) return layout;
    } else if (type === 1) {
      const colours = (await reader.read(5)).readUInt16BE(3);
      await skip(reader, colours * 6, MAXIMUM_TEXT);
    } else if (type === 3) {
      await skip(reader, (await reader.read(7)).readUInt32BE(3), MAXIMUM_TEXT);
    } else if (type !== 2) throw new Error('unknown message');
  }
}

async function readUpdate(reader: ByteReader, bytesPerPixel: number): Promise<Screen | undefined> {
  const rectangles = (await reader.read(3)).readUInt16BE(1);
  if (rectangles > MAXIMUM_RECTANGLES) throw new Error('too many rectangles');
  let layout: Screen | undefined;
  for (let index = 0; index < rectangles; index++) {
    const header = await reader.read(12);
    const encoding = header.readInt32BE(8);
    if (encoding === EXTENDED_DESKTOP_SIZE) layout = await readLayout(reader);
    else if (encoding !== RAW) throw new Error('unknown encoding');
    else await skip(reader, header.readUInt16BE(4) * header.readUInt16BE(6) * bytesPerPixel, MAXIMUM_BYTES);
  }
  return layout;
}

async function readLayout(reader: ByteReader): Promise<Screen> {
  const [screens = 0] = await reader.read(4);
  let first: Screen = { id: 0, flags: 0 };
  for (let index = 0; index < screens; index++) {
    const screen = await reader.read(16);
    if (index === 0) first = { id: screen.readUInt32BE(0), flags: screen.readUInt32BE(12) };
  }
  return first;
}

async function skip(reader: ByteReader, bytes: number, maximum: number): Promise<void> {
  if (bytes > maximum) throw new Error('too long');
  await reader.read(bytes);
}

function desktopSize(width: number, height: number, screen: Screen): Buffer {
  const message = Buffer.alloc(24);
  message.writeUInt8(SET_DESKTOP_SIZE, 0);
  message.writeUInt16BE(width, 2);
  message.writeUInt16BE(height, 4);
  message.writeUInt8(1, 6);
  message.writeUInt32BE(screen.id, 8);
  message.writeUInt16BE(width, 16);
  message.writeUInt16BE(height, 18);
  message.writeUInt32BE(screen.flags, 20);
  return message;
}
