/** A stream that is not Guacamole's protocol, or breaks one of our bounds. Ends the one tunnel it came from. */
export class MalformedStream extends Error {
  override readonly name = 'MalformedStream';
}

/** guacd's list of arguments is the longest there is: 45 for VNC. */
const MAXIMUM_ELEMENTS = 128;
const COMMA = 0x2c;
const DOT = 0x2e;
const SEMICOLON = 0x3b;
const ZERO = 0x30;
const LENGTH_DIGITS = 6;

/**
 * Finds the elements of one instruction in a buffer without copying or decoding them. Lengths in the protocol count
 * code points, so a buffer that is not plain ASCII is walked; one that is, is jumped through.
 */
export class InstructionScanner {
  /** Byte offsets of element `i`; element 0 is the opcode. Valid until the next scan. */
  readonly starts = new Int32Array(MAXIMUM_ELEMENTS);
  readonly ends = new Int32Array(MAXIMUM_ELEMENTS);
  elements = 0;
  /** Offset after the instruction's semicolon. */
  end = 0;
  /** How many bytes the buffer has to hold at least before another scan can succeed. */
  needed = 0;

  constructor(private readonly maximumBytes: number) {}

  /** True when a whole instruction begins at `from`; false when more bytes are needed. */
  scan(buffer: Buffer, from: number, ascii: boolean): boolean {
    let at = from;
    for (this.elements = 0; ; this.elements++) {
      if (this.elements === MAXIMUM_ELEMENTS) throw new MalformedStream('too many elements');
      const dot = this.readLength(buffer, at);
      if (dot < 0) return false;
      const start = dot + 1;
      const end = ascii ? start + this.length : this.walk(buffer, start);
      if (end - from >= this.maximumBytes) throw new MalformedStream('instruction too long');
      if (end >= buffer.length) {
        this.needed = end + 1;
        return false;
      }
      this.starts[this.elements] = start;
      this.ends[this.elements] = end;
      const terminator = buffer[end];
      at = end + 1;
      if (terminator === SEMICOLON) break;
      if (terminator !== COMMA) throw new MalformedStream('element without terminator');
    }
    this.elements++;
    this.end = at;
    return true;
  }

  private length = 0;

  /** Offset of the dot after the length, or -1 when the buffer ends before it. */
  private readLength(buffer: Buffer, from: number): number {
    this.length = 0;
    for (let at = from; at <= from + LENGTH_DIGITS; at++) {
      if (at >= buffer.length) {
        this.needed = buffer.length + 1;
        return -1;
      }
      const byte = buffer[at] ?? 0;
      if (byte === DOT && at > from) return at;
      const digit = byte - ZERO;
      if (digit < 0 || digit > 9) throw new MalformedStream('length is not a number');
      this.length = this.length * 10 + digit;
    }
    throw new MalformedStream('length is too long');
  }

  /** Offset after `length` code points, or the least offset at which they can end when the buffer is too short. */
  private walk(buffer: Buffer, start: number): number {
    let at = start;
    for (let left = this.length; left > 0; left--) {
      if (at >= buffer.length) return at + left;
      at += width(buffer[at] ?? 0);
    }
    return at;
  }
}

/** Bytes of the UTF-8 character with this first byte, counted as guacd counts: a stray byte is one character. */
const width = (byte: number): number =>
  byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 1;
