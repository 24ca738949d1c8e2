export interface Command {
  /** In upper case. */
  readonly verb: string;
  readonly argument: string;
}

const LONGEST_LINE_BYTES = 2048;
const LF = 0x0a;
const IAC = 0xff;

/** A line was longer than any that makes sense. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
}

/** Splits what comes on the control connection into commands (RFC 959 §5.3, RFC 2640 §3.1). */
export class CommandLines {
  private held = Buffer.alloc(0);

  /** True while a part of a line is there that has no end yet. */
  get isWithin(): boolean {
    return this.held.length > 0;
  }

  /** The commands that are whole now. Throws LineTooLong. */
  push(chunk: Buffer): Command[] {
    const commands: Command[] = [];
    let rest = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    for (let end = rest.indexOf(LF); end >= 0; end = rest.indexOf(LF)) {
      if (end > LONGEST_LINE_BYTES) throw new LineTooLong();
      commands.push(parse(rest.subarray(0, end)));
      rest = rest.subarray(end + 1);
    }
    if (rest.length > LONGEST_LINE_BYTES) throw new LineTooLong();
    this.held = Buffer.from(rest);
    return commands;
  }
}

function parse(line: Buffer): Command {
  let from = 0;
  // Some send what interrupts a Telnet session before ABOR.
  while (line[from] === IAC && from + 1 < line.length) from += 2;
  const text = decoded(line.subarray(from)).replace(/\r$/, '');
  const [, verb = '', argument = ''] = /^([A-Za-z]{3,4})(?: (.*))?$/s.exec(text) ?? [];
  return { verb: verb.toUpperCase(), argument };
}

/** Old clients send names in the code page of their country; Latin-1 loses none of their bytes. */
function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
