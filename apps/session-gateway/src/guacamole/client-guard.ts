import type { Control } from '@vitrine/delegation';
import { isAscii } from 'node:buffer';
import { InstructionScanner, MalformedStream } from './instruction-scanner.js';
import { wholeNumber } from './instruction.js';

/** The longest message that a browser has a reason to send holds a few mouse movements. */
export const MAXIMUM_MESSAGE = 8 * 1024;

type Bounds = readonly [number, number];
const COORDINATE: Bounds = [-32_768, 32_767];
const TIME: Bounds = [0, Number.MAX_SAFE_INTEGER];

interface Rule {
  readonly arguments: readonly Bounds[];
  readonly optional: number;
  /** Only participants who may steer. */
  readonly steers: boolean;
}
const rule = (steers: boolean, optional: number, ...bounds: Bounds[]): Rule => ({
  arguments: bounds,
  optional,
  steers,
});

/** Everything that a browser may say. A viewer's own features (clipboard, files, arguments) are not among it. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ['sync', rule(false, 1, TIME, TIME)],
  ['nop', rule(false, 0)],
  ['disconnect', rule(false, 0)],
  ['mouse', rule(true, 1, COORDINATE, COORDINATE, [0, 255], TIME)],
  ['key', rule(true, 0, [0, 0x1fff_ffff], [0, 1])],
  ['size', rule(true, 1, [1, 16_384], [1, 16_384], [1, 1000])],
]);

/** What one message of the browser amounts to. */
export interface ClientMessage {
  /** To be written to guacd as it is. */
  readonly forward: readonly Buffer[];
  /** A tunnel ping, to be echoed. */
  readonly echo: readonly Buffer[];
  /** True input of somebody who may steer. */
  readonly input: boolean;
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly disconnect: boolean;
}

/** Lets through what the participant's role may say, and drops the rest. Each message holds whole instructions. */
export class ClientGuard {
  private readonly scanner = new InstructionScanner(MAXIMUM_MESSAGE);
  dropped = 0;

  constructor(private readonly control: Control) {}

  /** Throws MalformedStream for what is not the protocol at all. */
  read(message: Buffer): ClientMessage {
    const result = { forward: [] as Buffer[], echo: [] as Buffer[], input: false, disconnect: false };
    let size: ClientMessage['size'];
    const ascii = isAscii(message);
    for (let at = 0; at < message.length; at = this.scanner.end) {
      if (!this.scanner.scan(message, at, ascii)) throw new MalformedStream('incomplete instruction');
      const whole = message.subarray(at, this.scanner.end);
      const opcode = this.text(message, 0);
      if (opcode === '' && this.isPing(message)) result.echo.push(whole);
      else if (!this.allows(message, opcode)) this.dropped++;
      else if (opcode === 'disconnect') result.disconnect = true;
      else if (opcode === 'size') size = { width: this.number(message, 1), height: this.number(message, 2) };
      else {
        result.forward.push(whole);
        if (opcode === 'mouse' || opcode === 'key') result.input = true;
      }
    }
    return { ...result, size };
  }

  private allows(message: Buffer, opcode: string): boolean {
    const found = RULES.get(opcode);
    if (found === undefined || (found.steers && this.control !== 'control')) return false;
    const count = this.scanner.elements - 1;
    if (count > found.arguments.length || count < found.arguments.length - found.optional) return false;
    return found.arguments.slice(0, count).every(([low, high], index) => {
      const value = this.number(message, index + 1);
      return value >= low && value <= high;
    });
  }

  private isPing(message: Buffer): boolean {
    return this.scanner.elements === 3 && this.text(message, 1) === 'ping' && this.number(message, 2) >= 0;
  }

  private number(message: Buffer, element: number): number {
    return wholeNumber(message, this.scanner.starts[element] ?? 0, this.scanner.ends[element] ?? 0);
  }

  private text(message: Buffer, element: number): string {
    return message.toString('latin1', this.scanner.starts[element], this.scanner.ends[element]);
  }
}
