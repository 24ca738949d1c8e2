import { isAscii } from 'node:buffer';
import { readImageHeader } from './image-header.js';
import { InstructionScanner, MalformedStream } from './instruction-scanner.js';
import { wholeNumber } from './instruction.js';
import { LossyArea } from './lossy-area.js';

/** guacd's own bound is 8 KiB; what is longer is not from guacd. */
const MAXIMUM_INSTRUCTION = 64 * 1024;
/** Larger screens are not made here; a browser that is told to make one runs out of memory. */
export const MAXIMUM_SIDE = 4096;
const MAXIMUM_LAYERS_PIXELS = 2 * MAXIMUM_SIDE * MAXIMUM_SIDE;
const MAXIMUM_STREAMS = 64;
const MIMETYPES = ['image/png', 'image/jpeg'];
// Enough for a JPEG's quantisation tables before its frame header.
const HEADER_BASE64 = 2048;

type Bounds = readonly [number, number];
const LAYER: Bounds = [-64, 64];
const AT: Bounds = [-MAXIMUM_SIDE, MAXIMUM_SIDE];
const SIDE: Bounds = [0, MAXIMUM_SIDE];
const BYTE: Bounds = [0, 255];
const MASK: Bounds = [0, 15];
const STREAM: Bounds = [0, 65_535];
const TIME: Bounds = [0, Number.MAX_SAFE_INTEGER];

/** Everything that a browser may receive: painting, and nothing else. `img` and `blob` also carry text, see below. */
const PAINTING: ReadonlyMap<string, readonly Bounds[]> = new Map([
  ['size', [LAYER, SIDE, SIDE]],
  ['end', [STREAM]],
  ['copy', [LAYER, AT, AT, SIDE, SIDE, MASK, LAYER, AT, AT]],
  ['rect', [LAYER, AT, AT, SIDE, SIDE]],
  ['cfill', [MASK, LAYER, BYTE, BYTE, BYTE, BYTE]],
  ['cursor', [AT, AT, LAYER, AT, AT, SIDE, SIDE]],
  ['move', [LAYER, LAYER, AT, AT, AT]],
  ['shade', [LAYER, BYTE]],
  ['dispose', [LAYER]],
  ['mouse', [AT, AT, BYTE, TIME]],
  ['sync', [TIME, TIME]],
  ['nop', []],
]);
/** How many trailing arguments may be missing, by version of guacd. */
const OPTIONAL: ReadonlyMap<string, number> = new Map([
  ['mouse', 2],
  ['sync', 1],
]);

interface ImageStream {
  readonly mimetype: string;
  readonly layer: number;
  readonly x: number;
  readonly y: number;
  begun: boolean;
}

/**
 * Lets pictures through from guacd to the browser and drops everything else: clipboard, files, pipes, audio, names,
 * requests for arguments. guacd is fed by the viewer, which is fed by files from anywhere, so both count as hostile:
 * arguments are held to bounds and a picture's claimed size is checked before the browser sees it.
 *
 * Whole runs of allowed instructions leave as slices of the received buffers, never re-encoded.
 */
export class ServerGuard {
  private readonly scanner = new InstructionScanner(MAXIMUM_INSTRUCTION);
  private readonly streams = new Map<number, ImageStream>();
  private readonly layerPixels = new Map<number, number>();
  private readonly area = new LossyArea();
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private neededBytes = 1;
  private rectangle = [0, 0, 0, 0, 0];
  /** Instructions that were not passed on. */
  dropped = 0;
  /** guacd said that it is done, for a reason of its own. */
  ended = false;
  /** Sync instructions seen: complete frames. */
  frames = 0;
  /** guacd said how large the picture is. */
  hasScreen = false;

  /** True when no visible pixel comes from a lossy picture. */
  get lossless(): boolean {
    return this.area.lossless;
  }

  /** Takes bytes as they come and gives the allowed whole instructions, in order. Throws MalformedStream. */
  push(chunk: Buffer): Buffer[] {
    const allowed: Buffer[] = [];
    let rest = chunk;
    // Only the instruction that the last chunk broke off is put together anew; the others are not copied.
    while (this.pendingBytes > 0 && rest.length > 0) {
      const piece = rest.subarray(0, this.neededBytes - this.pendingBytes);
      rest = rest.subarray(piece.length);
      this.pending.push(piece);
      this.pendingBytes += piece.length;
      if (this.pendingBytes < this.neededBytes) {
        this.pending[this.pending.length - 1] = Buffer.from(piece);
        return allowed;
      }
      this.filter(Buffer.concat(this.pending, this.pendingBytes), allowed);
    }
    if (rest.length > 0) this.filter(rest, allowed);
    return allowed;
  }

  private filter(buffer: Buffer, allowed: Buffer[]): void {
    const ascii = isAscii(buffer);
    let runStart = 0;
    let at = 0;
    while (at < buffer.length && this.scanner.scan(buffer, at, ascii)) {
      if (!this.allows(buffer)) {
        this.dropped++;
        if (at > runStart) allowed.push(buffer.subarray(runStart, at));
        runStart = this.scanner.end;
      }
      at = this.scanner.end;
    }
    if (at > runStart) allowed.push(buffer.subarray(runStart, at));
    this.keep(buffer, at);
  }

  private keep(buffer: Buffer, from: number): void {
    this.pendingBytes = buffer.length - from;
    this.neededBytes = this.pendingBytes === 0 ? 1 : this.scanner.needed - from;
    // A copy, so that a few bytes do not keep a large buffer alive.
    this.pending = this.pendingBytes === 0 ? [] : [Buffer.from(buffer.subarray(from))];
  }

  private allows(buffer: Buffer): boolean {
    const opcode = this.text(buffer, 0);
    if (opcode === 'blob') return this.allowsBlob(buffer);
    if (opcode === 'img') return this.allowsImage(buffer);
    if (opcode === 'error' || opcode === 'disconnect') this.ended = true;
    const bounds = PAINTING.get(opcode);
    if (bounds === undefined) return false;
    const values = this.numbers(buffer, 1, bounds, OPTIONAL.get(opcode) ?? 0);
    return this.follow(opcode, values);
  }

  /** Keeps track of what the browser now holds. */
  private follow(opcode: string, values: readonly number[]): boolean {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, , g = 0, h = 0, i = 0] = values;
    switch (opcode) {
      case 'end':
        return this.streams.delete(a);
      case 'size':
        this.reserve(a, b * c);
        if (a === 0) {
          this.area.resize(b, c);
          this.hasScreen = true;
        }
        break;
      case 'dispose':
        this.layerPixels.delete(a);
        break;
      case 'rect':
        this.grow(a, b + d, c + e);
        this.rectangle = [a, b, c, d, e];
        break;
      case 'cfill':
        this.fill(b);
        break;
      case 'copy':
        this.grow(g, h + d, i + e);
        if (g === 0) this.copied(a, values);
        break;
      case 'sync':
        this.frames++;
        break;
      default:
    }
    return true;
  }

  private copied(source: number, values: readonly number[]): void {
    const [, sx = 0, sy = 0, width = 0, height = 0, , , dx = 0, dy = 0] = values;
    if (source === 0) this.area.copy(sx, sy, width, height, dx, dy);
    // What is in a buffer is not tracked: lossless as long as nothing lossy ever came.
    else this.area.paint(dx, dy, width, height, !this.lossyElsewhere);
  }

  private lossyElsewhere = false;

  private fill(layer: number): void {
    const [of = 0, x = 0, y = 0, width = 0, height = 0] = this.rectangle;
    if (layer === 0 && of === 0) this.area.paint(x, y, width, height, true);
  }

  private allowsImage(buffer: Buffer): boolean {
    if (this.scanner.elements !== 7) throw new MalformedStream('img: arguments');
    const [stream = 0, , layer = 0] = this.numbers(buffer, 1, [STREAM, MASK, LAYER], 0, 3);
    const mimetype = this.text(buffer, 4);
    const [x = 0, y = 0] = this.numbers(buffer, 5, [AT, AT], 0, 2);
    if (!MIMETYPES.includes(mimetype)) return false;
    if (this.streams.size >= MAXIMUM_STREAMS) throw new MalformedStream('img: too many streams');
    this.streams.set(stream, { mimetype, layer, x, y, begun: false });
    return true;
  }

  private allowsBlob(buffer: Buffer): boolean {
    if (this.scanner.elements !== 3) throw new MalformedStream('blob: arguments');
    const [index = 0] = this.numbers(buffer, 1, [STREAM], 0, 1);
    const stream = this.streams.get(index);
    if (stream === undefined) return false;
    const start = this.scanner.starts[2] ?? 0;
    const end = this.scanner.ends[2] ?? 0;
    if (!stream.begun) this.begin(stream, buffer, start, end);
    return true;
  }

  private begin(stream: ImageStream, buffer: Buffer, start: number, end: number): void {
    const head = Buffer.from(
      buffer.toString('latin1', start, Math.min(end, start + HEADER_BASE64)),
      'base64',
    );
    const header = readImageHeader(stream.mimetype, head);
    if (header === undefined) throw new MalformedStream('img: no picture');
    if (header.width > MAXIMUM_SIDE || header.height > MAXIMUM_SIDE)
      throw new MalformedStream('img: too large');
    stream.begun = true;
    this.grow(stream.layer, stream.x + header.width, stream.y + header.height);
    if (stream.layer === 0) this.area.paint(stream.x, stream.y, header.width, header.height, header.lossless);
    else if (!header.lossless) this.lossyElsewhere = true;
  }

  /** Buffers (negative layers) grow to what is painted in them. */
  private grow(layer: number, right: number, bottom: number): void {
    if (layer >= 0) return;
    const pixels = Math.max(0, right) * Math.max(0, bottom);
    if (pixels > (this.layerPixels.get(layer) ?? 0)) this.reserve(layer, pixels);
  }

  private reserve(layer: number, pixels: number): void {
    this.layerPixels.set(layer, pixels);
    let total = 0;
    for (const each of this.layerPixels.values()) total += each;
    if (total > MAXIMUM_LAYERS_PIXELS) throw new MalformedStream('layers: too large');
  }

  private text(buffer: Buffer, element: number): string {
    return buffer.toString('latin1', this.scanner.starts[element], this.scanner.ends[element]);
  }

  private numbers(
    buffer: Buffer,
    first: number,
    bounds: readonly Bounds[],
    optional: number,
    count = this.scanner.elements - first,
  ): number[] {
    if (count > bounds.length || count < bounds.length - optional)
      throw new MalformedStream(`${this.text(buffer, 0)}: arguments`);
    const values: number[] = [];
    for (let index = 0; index < count; index++) {
      const element = first + index;
      const value = wholeNumber(buffer, this.scanner.starts[element] ?? 0, this.scanner.ends[element] ?? 0);
      const [low, high] = bounds[index] ?? [0, 0];
      if (!(value >= low && value <= high)) throw new MalformedStream(`${this.text(buffer, 0)}: bounds`);
      values.push(value);
    }
    return values;
  }
}
