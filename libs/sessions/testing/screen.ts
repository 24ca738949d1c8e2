import { PNG } from 'pngjs';

/** Pixels of one layer, RGBA, as a browser's canvas would hold them. */
class Layer {
  width = 0;
  height = 0;
  data = Buffer.alloc(0);

  resize(width: number, height: number): void {
    // A buffer of its own, not of a pool, so that whole pixels can be addressed.
    const data = Buffer.from(new ArrayBuffer(width * height * 4));
    const columns = Math.min(width, this.width);
    for (let y = 0; y < Math.min(height, this.height); y++)
      this.data.copy(data, y * width * 4, y * this.width * 4, (y * this.width + columns) * 4);
    Object.assign(this, { width, height, data });
  }

  grow(right: number, bottom: number): void {
    if (right > this.width || bottom > this.height)
      this.resize(Math.max(right, this.width), Math.max(bottom, this.height));
  }

  /** Paints `width * height` pixels, RGBA; what is wholly transparent leaves what was there. */
  put(x: number, y: number, width: number, height: number, rgba: Uint8Array): void {
    const from = new Uint32Array(rgba.buffer.slice(rgba.byteOffset, rgba.byteOffset + rgba.byteLength));
    const to = new Uint32Array(this.data.buffer, this.data.byteOffset, this.width * this.height);
    for (let row = Math.max(0, -y); row < Math.min(height, this.height - y); row++)
      for (let column = Math.max(0, -x); column < Math.min(width, this.width - x); column++) {
        const pixel = from[row * width + column] ?? 0;
        if (pixel >>> 24 !== 0) to[(y + row) * this.width + x + column] = pixel;
      }
  }

  get(x: number, y: number): [number, number, number, number] {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return [0, 0, 0, 0];
    const at = (y * this.width + x) * 4;
    return [this.data[at] ?? 0, this.data[at + 1] ?? 0, this.data[at + 2] ?? 0, this.data[at + 3] ?? 0];
  }

  /** A copy of a part; what lies outside is transparent. */
  cut(x: number, y: number, width: number, height: number): Buffer {
    const part = Buffer.alloc(width * height * 4);
    const columns = Math.min(width, this.width - x);
    for (let row = 0; row < Math.min(height, this.height - y); row++) {
      const at = ((y + row) * this.width + x) * 4;
      if (x >= 0 && y + row >= 0 && columns > 0) this.data.copy(part, row * width * 4, at, at + columns * 4);
    }
    return part;
  }
}

/** Instructions that may wait to be painted; more would only cost memory. */
const MOST_WAITING = 2000;

/**
 * Paints Guacamole's drawing instructions as far as a VNC display needs them. Pictures other than PNG are counted.
 * Painted when somebody looks: a browser decodes pictures beside its protocol too, and much faster than pngjs.
 */
export class Screen {
  private waiting: [opcode: string, args: readonly string[]][] = [];
  private announced = { width: 0, height: 0 };
  private readonly layers = new Map<number, Layer>();
  private readonly streams = new Map<
    number,
    { mimetype: string; layer: number; x: number; y: number; parts: Buffer[] }
  >();
  private rectangle = [0, 0, 0, 0, 0];
  /** Pictures that came, by mimetype. Only PNG reaches the pixels. */
  readonly pictures: Record<string, number> = {};

  get width(): number {
    return this.announced.width;
  }

  get height(): number {
    return this.announced.height;
  }

  /** Red, green, blue, alpha of the visible layer. */
  pixel(x: number, y: number): [number, number, number, number] {
    this.catchUp();
    return this.layer(0).get(x, y);
  }

  /** The visible picture, RGBA, `width * height * 4` bytes; a copy. */
  pixels(): Buffer {
    this.catchUp();
    return Buffer.from(this.layer(0).data);
  }

  png(): Buffer {
    this.catchUp();
    const png = new PNG({ width: this.width, height: this.height });
    this.layer(0).data.copy(png.data);
    return PNG.sync.write(png);
  }

  paint(opcode: string, args: readonly string[]): void {
    if (opcode === 'size' && Number(args[0]) === 0)
      this.announced = { width: Number(args[1]), height: Number(args[2]) };
    if (opcode === 'img') this.pictures[args[3] ?? ''] = (this.pictures[args[3] ?? ''] ?? 0) + 1;
    this.waiting.push([opcode, args]);
    if (this.waiting.length > MOST_WAITING) this.catchUp();
  }

  private catchUp(): void {
    for (const [opcode, args] of this.waiting.splice(0)) this.paintNow(opcode, args);
  }

  private paintNow(opcode: string, args: readonly string[]): void {
    const numbers = args.map(Number);
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = numbers;
    switch (opcode) {
      case 'size': {
        this.layer(a).resize(b, c);
        return;
      }
      case 'dispose':
        this.layers.delete(a);
        return;
      case 'img':
        this.streams.set(a, { mimetype: args[3] ?? '', layer: c, x: e, y: f, parts: [] });
        return;
      case 'blob':
        this.streams.get(a)?.parts.push(Buffer.from(args[1] ?? '', 'base64'));
        return;
      case 'end': {
        this.finish(a);
        return;
      }
      case 'rect':
        this.rectangle = [a, b, c, d, e];
        return;
      case 'cfill': {
        this.fill([c, d, e, f]);
        return;
      }
      case 'copy': {
        this.copy(a, b, c, d, e, g, h, i);
        return;
      }
      default:
    }
  }

  private layer(index: number): Layer {
    const layer = this.layers.get(index) ?? new Layer();
    this.layers.set(index, layer);
    return layer;
  }

  private finish(index: number): void {
    const stream = this.streams.get(index);
    if (stream === undefined) return;
    this.streams.delete(index);
    if (stream.mimetype !== 'image/png') return;
    const { width, height, data } = PNG.sync.read(Buffer.concat(stream.parts));
    const layer = this.layer(stream.layer);
    if (stream.layer < 0) layer.grow(stream.x + width, stream.y + height);
    layer.put(stream.x, stream.y, width, height, data);
  }

  private fill(rgba: readonly number[]): void {
    const [index = 0, left = 0, top = 0, width = 0, height = 0] = this.rectangle;
    const layer = this.layer(index);
    if (index < 0) layer.grow(left + width, top + height);
    layer.put(left, top, width, height, Buffer.alloc(width * height * 4, Buffer.from(rgba)));
  }

  private copy(
    from: number,
    sx: number,
    sy: number,
    width: number,
    height: number,
    to: number,
    dx: number,
    dy: number,
  ): void {
    const source = this.layer(from);
    const pixels = source.cut(sx, sy, width, height);
    const target = this.layer(to);
    if (to < 0) target.grow(dx + width, dy + height);
    target.put(dx, dy, width, height, pixels);
  }
}
