import type { Socket } from 'node:net';
import { BadMessage } from './decode.js';

/** A frame: its length (4 bytes, big-endian), its kind (1 byte), its content. */
const HEAD = 5;
export const LARGEST_FRAME = 8 * 1024 * 1024;
/** Of an answer that is larger than a frame. */
const PIECE = 1024 * 1024;

export type Frame =
  | { readonly kind: 'json'; readonly value: unknown }
  /** Raw bytes that belong to the answer to this question, in order. */
  | { readonly kind: 'bytes'; readonly id: number; readonly bytes: Buffer };

const KIND = { json: 0, bytes: 1 } as const;

export function writeJson(socket: Socket, value: unknown): void {
  const content = Buffer.from(JSON.stringify(value));
  if (content.length > LARGEST_FRAME) throw new RangeError('a message does not fit into a frame');
  write(socket, KIND.json, content);
}

export function writeBytes(socket: Socket, id: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += PIECE) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(id);
    write(socket, KIND.bytes, Buffer.concat([head, bytes.subarray(at, at + PIECE)]));
  }
}

function write(socket: Socket, kind: number, content: Buffer): void {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(content.length);
  head[4] = kind;
  socket.cork();
  socket.write(head);
  socket.write(content);
  socket.uncork();
}

/** Cuts a stream of bytes into frames. Holds no more than one of them. Throws `BadMessage`. */
export class FrameReader {
  private parts: Buffer[] = [];
  private length = 0;

  /** The most that a frame may hold; grows once it is known who speaks. */
  constructor(private largest: number) {}

  admit(largest: number): void {
    this.largest = largest;
  }

  /** The next whole frame of what came so far; call again until it is undefined. */
  next(): Frame | undefined {
    const head = this.peek(HEAD);
    if (!head) return undefined;
    const size = head.readUInt32BE();
    if (size > this.largest) throw new BadMessage(`a frame of ${size} bytes`);
    const whole = this.peek(HEAD + size);
    if (!whole) return undefined;
    this.parts = [whole.subarray(HEAD + size)];
    this.length -= HEAD + size;
    return frameOf(head[4], whole.subarray(HEAD, HEAD + size));
  }

  push(chunk: Buffer): void {
    this.parts.push(chunk);
    this.length += chunk.length;
  }

  /** The first bytes in one piece; undefined when there are not so many yet. */
  private peek(count: number): Buffer | undefined {
    if (this.length < count) return undefined;
    if ((this.parts[0]?.length ?? 0) < count) this.parts = [Buffer.concat(this.parts)];
    return this.parts[0];
  }
}

function frameOf(kind: number | undefined, content: Buffer): Frame {
  if (kind === KIND.bytes) {
    if (content.length < 4) throw new BadMessage('bytes without a number');
    return { kind: 'bytes', id: content.readUInt32BE(), bytes: content.subarray(4) };
  }
  if (kind !== KIND.json) throw new BadMessage('a frame of an unknown kind');
  try {
    return { kind: 'json', value: JSON.parse(content.toString('utf8')) as unknown };
  } catch {
    throw new BadMessage('a frame that is not JSON');
  }
}
