const BLOCK = 512;
const REGULAR = 0x30;

/** A tar archive (POSIX ustar) of one plain file of root's. `name` is one of ours: no folder, ASCII, short. */
export function tarOf(name: string, content: Buffer): Buffer {
  const head = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  head.write(name, 0);
  head.write(octal(0o644, 7), 100);
  head.write(octal(0, 7), 108);
  head.write(octal(0, 7), 116);
  head.write(octal(content.length, 11), 124);
  head.write(octal(0, 11), 136);
  head.write(' '.repeat(8), 148);
  head[156] = REGULAR;
  head.write('ustar\u000000', 257);
  head.write(
    `${octal(
      head.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
    148,
  );
  const rest = (BLOCK - (content.length % BLOCK)) % BLOCK;
  return Buffer.concat([head, content, Buffer.alloc(rest + 2 * BLOCK)]);
}

/** The content of the one plain file in an untrusted archive; undefined where the first entry is anything else. */
export function fileInTar(untrusted: Buffer): Buffer | undefined {
  if (untrusted.length < BLOCK || (untrusted[156] !== REGULAR && untrusted[156] !== 0)) return undefined;
  const digits = /^[0-7]{1,11}(?=[\0 ])/.exec(untrusted.toString('latin1', 124, 136))?.[0];
  if (digits === undefined) return undefined;
  const end = BLOCK + parseInt(digits, 8);
  return end <= untrusted.length ? untrusted.subarray(BLOCK, end) : undefined;
}
