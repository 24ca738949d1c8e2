import { describe, expect, it } from '@jest/globals';
import { memorySource } from '@vitrine/dicom';
import { zipOf } from '../../testing/zip-of.js';
import { recognise } from './recognise.js';

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  );
const big = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
const little = (value: number): number[] => big(value).reverse();

const jpeg = (width: number, height: number): Buffer =>
  bytes(
    '\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00',
    '\xff\xc0\x00\x11\x08',
    big(height).slice(2),
    big(width).slice(2),
    '\x03\x01\x22\x00',
  );
const png = (width: number, height: number): Buffer =>
  bytes('\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR', big(width), big(height), '\x08\x02\x00\x00\x00');
const gif = bytes('GIF89a', [10, 0, 10, 0], '\x00\x00\x00;');
const bmp = bytes(
  'BM',
  little(58),
  '\x00\x00\x00\x00',
  little(54),
  little(40),
  little(2),
  little(-2 >>> 0),
  '\x01\x00\x18\x00',
);
const webp = bytes('RIFF', little(30), 'WEBPVP8X', little(10), '\x00\x00\x00\x00', [9, 0, 0], [9, 0, 0]);
const tiff = bytes(
  'II*\x00',
  little(8),
  [2, 0],
  [0, 1, 3, 0],
  little(1),
  little(10),
  [1, 1, 3, 0],
  little(1),
  little(20),
);

const answer = (content: Buffer, name = 'file') => {
  const found = recognise(memorySource(content), name);
  if (found.kind === 'file') return `${found.format}${found.flagged ? ' flagged' : ''}`;
  return found.kind === 'refused' ? found.code : found.kind;
};

describe('recognise, of pictures', () => {
  it.each([
    ['a JPEG', jpeg(100, 50), 'image'],
    ['a PNG', png(100, 50), 'image'],
    ['a GIF', gif, 'image'],
    ['a BMP that stands upside down', bmp, 'image'],
    ['a TIFF', tiff, 'image'],
    ['a WebP, which is a format of its own', webp, 'webp'],
  ])('takes %s, whatever it is called', (_, content, format) => {
    expect(answer(content, 'scan.dcm')).toBe(format);
  });

  it('takes a photograph with megabytes of other things before its size', () => {
    const photo = jpeg(100, 50);
    const more = Buffer.concat([Buffer.from([0xff, 0xe1, 0xff, 0xff]), Buffer.alloc(0xfffd)]);
    const film = Array.from({ length: 40 }, () => more);
    expect(answer(Buffer.concat([photo.subarray(0, 20), ...film, photo.subarray(20)]))).toBe('image');
  });

  it('refuses pictures of more pixels than any scan has, and those that end in their header', () => {
    expect(answer(png(60_000, 60_000))).toBe('exchange.too-large');
    expect(answer(jpeg(65_000, 65_000))).toBe('exchange.too-large');
    expect(answer(jpeg(100, 50).subarray(0, 22))).toBe('exchange.incomplete');
    expect(answer(png(1, 1).subarray(0, 18))).toBe('exchange.incomplete');
  });

  it('takes no text for a bitmap because of two letters', () => {
    expect(answer(Buffer.from('BMI and other numbers of my doctor'), 'a.xyz')).toBe(
      'exchange.unknown-format',
    );
  });
});

describe('recognise, of what is more than it seems', () => {
  it.each([
    ['a GIF that is a Java archive (GIFAR)', gif],
    ['a JPEG with a ZIP behind it', jpeg(10, 10)],
    ['a PDF with a ZIP behind it', Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\n')],
  ])('flags %s', async (_, content) => {
    const both = Buffer.concat([content, await zipOf([{ name: 'Main.class', bytes: Buffer.from('x') }])]);
    expect(answer(both)).toMatch(/^(image|pdf) flagged$/);
  });

  it.each([
    [
      'a page in the comment of a JPEG',
      Buffer.concat([jpeg(10, 10), Buffer.from('<html><script>1</script>')]),
    ],
    ['a program of a server behind a GIF', Buffer.concat([gif, Buffer.from('<?php system(1) ?>')])],
    ['a PDF that runs a script', Buffer.from('%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(1)>>>>')],
    ['a PDF whose script hides behind escapes', Buffer.from('%PDF-1.4\n1 0 obj<</S/J#61vaScript>>')],
    ['a PDF that starts a program', Buffer.from('%PDF-1.4\n1 0 obj<</S /Launch /F (calc.exe)>>')],
    ['a VCF with a page in it', Buffer.from('##fileformat=VCFv4.2\n##x=<script>1</script>\n')],
  ])('flags %s', (_, content) => {
    expect(answer(content)).toMatch(/ flagged$/);
  });

  it('flags no ordinary photograph or letter', () => {
    expect(answer(Buffer.concat([jpeg(10, 10), Buffer.from('<?xpacket begin="" ?><x:xmpmeta>')]))).toBe(
      'image',
    );
    expect(answer(Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/JSX 1>>'))).toBe('pdf');
  });

  it('takes for a ZIP what begins as one, whatever else it is', () => {
    expect(answer(Buffer.from('PK\x03\x04....%PDF-1.4'), 'letter.pdf')).toBe('archive');
  });

  it('takes for nothing a program that holds a document', () => {
    expect(answer(Buffer.from('MZ\x90\0%PDF-1.4\n'), 'letter.pdf')).toBe('exchange.unknown-format');
    expect(answer(Buffer.from('\x7fELF%PDF-1.4\n'), 'letter.pdf')).toBe('exchange.unknown-format');
  });
});
