import { describe, expect, it } from '@jest/globals';
import { PNG } from 'pngjs';
import { MalformedStream } from './instruction-scanner.js';
import { instruction } from './instruction.js';
import { ServerGuard } from './server-guard.js';

const png = (width = 16, height = 16) => PNG.sync.write(new PNG({ width, height })).toString('base64');
/** The head of a JPEG up to its frame header, as much as the guard reads. */
const jpeg = (width = 16, height = 16) => {
  const bytes = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0001108000000000301', 'hex');
  bytes.writeUInt16BE(height, 25);
  bytes.writeUInt16BE(width, 27);
  return bytes.toString('base64');
};
const picture = (stream: number, data: string, mimetype = 'image/png', x = 0, y = 0, layer = 0) =>
  instruction('img', stream, 14, layer, mimetype, x, y) +
  instruction('blob', stream, data) +
  instruction('end', stream);
const SCREEN = instruction('size', 0, 64, 64);
const SYNC = instruction('sync', 12_345_678);

const through = (guard: ServerGuard, text: string) =>
  Buffer.concat(guard.push(Buffer.from(text))).toString('utf8');

describe('ServerGuard', () => {
  it('passes painting on byte for byte, without copying it', () => {
    const input = Buffer.from(SCREEN + picture(1, png()) + SYNC);
    const [only, ...more] = new ServerGuard().push(input);
    expect(more).toEqual([]);
    expect(only?.buffer).toBe(input.buffer);
    expect(only?.equals(input)).toBe(true);
  });

  it.each([
    [
      'clipboard',
      instruction('clipboard', 0, 'text/plain') + instruction('blob', 0, 'UEhJ') + instruction('end', 0),
    ],
    ['file', instruction('file', 1, 'text/csv', 'a.csv') + instruction('blob', 1, 'UEhJ')],
    ['filesystem', instruction('filesystem', 0, 'disk')],
    ['pipe', instruction('pipe', 2, 'text/plain', 'p')],
    ['audio', instruction('audio', 3, 'audio/L16')],
    ['argv', instruction('argv', 4, 'text/plain', 'password')],
    ['name', instruction('name', 'Jane Döe 😀 日本')],
    ['required', instruction('required', 'password')],
    ['an instruction of our own', instruction('vitrine', 'state', '{"lossless":true}')],
    ['a tunnel instruction', instruction('', 'ping', 1)],
    ['ready', instruction('ready', '$id')],
    [
      'an image of another kind',
      instruction('img', 9, 14, 0, 'image/svg+xml', 0, 0) + instruction('blob', 9, 'PHN2Zz4='),
    ],
  ])('holds %s back', (_name, hostile) => {
    const guard = new ServerGuard();
    expect(through(guard, SCREEN + hostile + SYNC)).toBe(SCREEN + SYNC);
    expect(guard.dropped).toBeGreaterThan(0);
  });

  it('gives the same whatever the chunks are, also inside of a character of several bytes', () => {
    const script =
      SCREEN +
      instruction('name', 'Zürich 😀'.repeat(20)) +
      picture(1, png()) +
      instruction('clipboard', 5, 'ключ/日本') +
      picture(2, jpeg(), 'image/jpeg', 16, 16) +
      instruction('copy', 0, 0, 0, 16, 16, 14, 0, 32, 32) +
      SYNC;
    const bytes = Buffer.from(script);
    const whole = Buffer.concat(new ServerGuard().push(bytes)).toString('utf8');
    let random = 12_345;
    const next = (below: number) => (random = (random * 1_103_515_245 + 12_345) % 2 ** 31) % below;
    for (let round = 0; round < 500; round++) {
      const guard = new ServerGuard();
      const parts: Buffer[] = [];
      const longest = 1 + next(round % 5 === 0 ? 3 : 200);
      for (let at = 0; at < bytes.length;) {
        const end = at + 1 + next(longest);
        const given = guard.push(bytes.subarray(at, end));
        // A message to a browser holds whole instructions only.
        for (const part of given) expect(part.at(-1)).toBe(';'.charCodeAt(0));
        parts.push(...given);
        at = end;
      }
      expect(Buffer.concat(parts).toString('utf8')).toBe(whole);
    }
  });

  it('never passes on what it was not made for, whatever is thrown at it', () => {
    let random = 99;
    const next = (below: number) => (random = (random * 1_103_515_245 + 12_345) % 2 ** 31) % below;
    const words = [
      'sync',
      'img',
      'blob',
      'size',
      'clipboard',
      'file',
      'pipe',
      '',
      'nop',
      'rect',
      'cfill',
      'ü😀',
    ];
    const allowed = /^(4\.sync|3\.img|4\.blob|4\.size|3\.nop|4\.rect|5\.cfill|3\.end|4\.copy)/;
    for (let round = 0; round < 3000; round++) {
      const guard = new ServerGuard();
      const made = Array.from({ length: 1 + next(4) }, () =>
        instruction(
          words[next(words.length)] ?? '',
          ...Array.from({ length: next(7) }, () => next(20_000) - 5000),
        ),
      ).join('');
      const bytes = Buffer.from(made);
      if (round % 2 === 0) bytes[next(bytes.length)] = next(256);
      try {
        for (const part of guard.push(bytes)) expect(part.toString('latin1')).toMatch(allowed);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedStream);
      }
    }
  });

  it.each([
    ['a screen that no browser has memory for', instruction('size', 0, 100_000, 100_000)],
    ['a layer out of range', instruction('size', 100_000, 10, 10)],
    ['a picture that claims to be huge', picture(1, png(4097, 1))],
    ['a picture that is none', picture(1, 'AAAA')],
    ['a JPEG that claims to be huge', picture(1, jpeg(65_535, 65_535), 'image/jpeg')],
    ['a length that is no number', 'x.sync;'],
    ['a length without end', '99999999999999.sync;'],
    ['an instruction without end', '900000.' + 'a'.repeat(1000)],
    ['a wrong terminator', '4.syncX'],
    ['arguments that are no numbers', instruction('size', 0, '1e9', 'NaN')],
    ['too many arguments', instruction('nop', 1)],
    [
      'many large layers',
      Array.from({ length: 20 }, (_, i) => instruction('size', -i - 1, 4096, 4096)).join(''),
    ],
  ])('refuses %s', (_name, hostile) => {
    expect(() => new ServerGuard().push(Buffer.from(hostile))).toThrow(MalformedStream);
  });

  it('keeps only the unfinished instruction, never more', () => {
    const guard = new ServerGuard();
    for (let round = 0; round < 2000; round++) guard.push(Buffer.from(SYNC + '4.syn'.slice(0, 0)));
    guard.push(Buffer.from('65000.'));
    expect(() => {
      for (let round = 0; round < 100; round++) guard.push(Buffer.alloc(1024, 'a'));
    }).toThrow(MalformedStream);
  });

  it('says that guacd has ended without passing its words on', () => {
    const guard = new ServerGuard();
    expect(through(guard, instruction('error', 'Jane Doe', 519))).toBe('');
    expect(guard.ended).toBe(true);
  });

  it('knows a lossy picture until all of it is painted over', () => {
    const guard = new ServerGuard();
    through(guard, SCREEN + picture(1, png(64, 64)) + SYNC);
    expect(guard.lossless).toBe(true);
    through(guard, picture(2, jpeg(32, 32), 'image/jpeg') + SYNC);
    expect(guard.lossless).toBe(false);
    through(guard, picture(3, png(32, 16)) + SYNC);
    expect(guard.lossless).toBe(false);
    through(guard, picture(4, png(32, 16), 'image/png', 0, 16) + SYNC);
    expect(guard.lossless).toBe(true);
  });
});
