import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { readParts } from './multipart-reader.js';

/** The parts of a body that comes in chunks of this size. */
async function read(text: string | Buffer, chunk: number, boundary = 'b'): Promise<[object, string][]> {
  const bytes = Buffer.from(text as string, 'latin1');
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunk) chunks.push(bytes.subarray(at, at + chunk));
  const found: [object, string][] = [];
  for await (const { headers, body } of readParts(Readable.from(chunks), boundary)) {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(Buffer.from(piece));
    found.push([Object.fromEntries(headers), Buffer.concat(pieces).toString('latin1')]);
  }
  return found;
}

const sizes = [1, 2, 3, 5, 7, 64, 4096];

describe('readParts', () => {
  it.each(sizes)('finds headers and bodies in chunks of %i bytes', async (chunk) =>
    expect(
      await read(
        'preamble\r\n--b\r\nContent-Type: x/y\r\nA:1\r\n\r\no\r\nn--b\r\n-e\r\n--b \r\n\r\n\r\n--b--',
        chunk,
      ),
    ).toEqual([
      [{ 'content-type': 'x/y', a: '1' }, 'o\r\nn--b\r\n-e'],
      [{}, ''],
    ]),
  );

  it('skips what the caller does not read', async () => {
    let parts = 0;
    const body = Readable.from([Buffer.from('--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--')]);
    for await (const { headers } of readParts(body, 'b')) parts += headers.size + 1;
    expect(parts).toBe(2);
  });

  it('finds no parts in a body of none', async () => expect(await read('--b--', 2)).toEqual([]));

  it.each([
    ['ends within a part', '--b\r\n\r\none'],
    ['ends within headers', '--b\r\nContent-Type: x'],
    ['ends without the closing delimiter', '--b\r\n\r\none\r\n--b'],
    ['is empty', ''],
    ['has another boundary', '--c\r\n\r\none\r\n--c--'],
  ])('refuses a body that %s', async (_, text) =>
    expect(read(text, 3)).rejects.toMatchObject({ code: 'kernel.invalid' }),
  );

  it.each([
    ['headers without end', `--b\r\n${'A: 1\r\n'.repeat(5_000)}\r\none\r\n--b--`],
    ['a preamble without end', 'x'.repeat(100_000)],
    ['a header that is none', '--b\r\nnothing\r\n\r\none\r\n--b--'],
    ['a boundary that goes on', '--bb\r\n\r\none\r\n--b--'],
  ])('refuses %s', async (_, text) =>
    expect(read(text, 64 * 1024)).rejects.toMatchObject({ code: 'kernel.invalid' }),
  );

  it.each(['', 'a\r\nb', 'x'.repeat(71), 'a"b'])('refuses the boundary %j', async (boundary) =>
    expect(read('--b--', 64, boundary)).rejects.toMatchObject({ code: 'kernel.invalid' }),
  );

  it('holds no part in memory', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 0x2d);
    function* body() {
      yield Buffer.from('--b\r\n\r\n');
      for (let sent = 0; sent < 512; sent++) yield chunk;
      yield Buffer.from('\r\n--b--');
    }
    let bytes = 0;
    let most = 0;
    const before = process.memoryUsage().arrayBuffers;
    for await (const part of readParts(Readable.from(body()), 'b'))
      for await (const piece of part.body) {
        bytes += piece.length;
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
    expect(bytes).toBe(512 * 1024 * 1024);
    expect(most).toBeLessThan(256 * 1024 * 1024);
  }, 30_000);
});
