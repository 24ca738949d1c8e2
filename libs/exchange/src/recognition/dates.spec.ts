import { deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { memorySource } from '@vitrine/dicom';
import { exifDate } from './exif-date.js';
import { pdfDate } from './pdf-date.js';

/** Exif data with a DateTimeOriginal; `count` is how long it says that is. */
function exif(text: string, { little = true, count = 20, pointer = 26 } = {}): Buffer {
  const tiff = Buffer.alloc(64);
  const short = (value: number, at: number) =>
    little ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const long = (value: number, at: number) =>
    little ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  tiff.write(little ? 'II' : 'MM');
  short(42, 2);
  long(8, 4);
  const entry = (at: number, tag: number, type: number, values: number, value: number) => {
    short(1, at);
    short(tag, at + 2);
    short(type, at + 4);
    long(values, at + 6);
    long(value, at + 10);
  };
  entry(8, 0x8769, 4, 1, pointer);
  entry(26, 0x9003, 2, count, 44);
  tiff.write(text, 44, 'latin1');
  return tiff;
}
const jpeg = (data: Buffer): Buffer => {
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(8 + data.length, 10);
  return Buffer.concat([head, Buffer.from('Exif\0\0'), data, Buffer.from([0xff, 0xda, 0, 2])]);
};
const png = (data: Buffer): Buffer => {
  const chunk = (name: string, content: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([length, Buffer.from(name), content, Buffer.alloc(4)]);
  };
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.alloc(13)),
    chunk('eXIf', data),
  ]);
};
const webp = (data: Buffer): Buffer => {
  const chunk = (name: string, content: Buffer) => {
    const head = Buffer.alloc(8);
    head.write(name);
    head.writeUInt32LE(content.length, 4);
    return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
  };
  return Buffer.concat([
    Buffer.from('RIFF\0\0\0\0WEBP'),
    chunk('VP8X', Buffer.alloc(9)),
    chunk('EXIF', data),
  ]);
};
const taken = (bytes: Buffer) => exifDate(memorySource(bytes));
const made = (text: string | Buffer) => pdfDate(memorySource(Buffer.from(text as string, 'latin1')));

describe('the date of a picture', () => {
  it.each([
    ['JPEG', jpeg],
    ['PNG', png],
    ['WebP', webp],
    ['TIFF', (data: Buffer) => data],
  ])('is read from a %s, in either order of bytes', (_, picture) => {
    for (const little of [true, false])
      expect(taken(picture(exif('2019:07:04 10:11:12', { little })))).toBe('2019-07-04');
  });

  it.each([
    '0000:00:00 00:00:00',
    '2019:02:30 00:00:00',
    '9999:01:01 00:00:00',
    '1492:10:12 00:00:00',
    '<b>',
    '',
  ])('is none where it says %j', (text) => expect(taken(jpeg(exif(text)))).toBeUndefined());

  it('is none, and costs nothing, where the picture lies about itself', () => {
    const good = jpeg(exif('2019:07:04 10:11:12'));
    for (let length = 0; length < good.length - 15; length++)
      expect(taken(good.subarray(0, length))).toBeUndefined();
    expect(taken(jpeg(exif('2019:07:04', { pointer: 0xffffffff })))).toBeUndefined();
    // A directory that leads to itself.
    expect(taken(jpeg(exif('2019:07:04', { pointer: 8 })))).toBeUndefined();
    expect(taken(jpeg(exif('2019:07:04', { count: 1 })))).toBeUndefined();
    expect(taken(Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(100_000, 0xff)]))).toBeUndefined();
    expect(taken(png(Buffer.alloc(0)))).toBeUndefined();
  });
});

describe('the date of a PDF', () => {
  const info = (entry: string) =>
    `%PDF-1.4\n4 0 obj\n<< /Type /Annot /CreationDate (D:20010101) >>\nendobj\n5 0 obj\n<< ${entry} >>\nendobj\ntrailer << /Info 5 0 R /Root 1 0 R >>\n`;

  it('is that of its Info dictionary, not of an annotation, and the last one counts', () => {
    expect(made(info("/Title (x) /CreationDate (D:20190704101112+02'00')"))).toBe('2019-07-04');
    expect(made(`${info('/CreationDate (D:20190704)')}${info('/CreationDate(D:20200805)')}`)).toBe(
      '2020-08-05',
    );
    expect(made(info('/Title (x)'))).toBeUndefined();
  });

  it('is found in an object stream', () => {
    const content = deflateSync(
      Buffer.from('7 0 5 14 << /A (b) >>  << /CreationDate (D:20180102) >>', 'latin1'),
    );
    const pdf = Buffer.concat([
      Buffer.from('%PDF-1.5\n3 0 obj\n<< /Type /ObjStm /N 2 /First 9 /Filter /FlateDecode >>\nstream\n'),
      content,
      Buffer.from('\nendstream\nendobj\n9 0 obj << /Type /XRef /Info 5 0 R >>\nstream\n'),
    ]);
    expect(pdfDate(memorySource(pdf))).toBe('2018-01-02');
  });

  it('is that of its metadata where there is no Info dictionary, and not that of a picture within', () => {
    const metadata = (number: number, date: string) =>
      `${number} 0 obj\n<< /Type /Metadata >>\nstream\n<rdf:Description xmp:CreateDate="${date}T10:00:00Z"/>\nendstream\nendobj\n`;
    const catalog = '1 0 obj\n<< /Type /Catalog /Metadata 2 0 R >>\nendobj\n';
    expect(
      made(
        `%PDF-1.7\n${catalog}${metadata(2, '2017-03-04')}${metadata(3, '2001-01-01')}trailer << /Root 1 0 R >>`,
      ),
    ).toBe('2017-03-04');
  });

  it.each([
    '/CreationDate (D:99991231)',
    '/CreationDate (D:20190230)',
    '/CreationDate (yesterday)',
    '/CreationDate <FEFF>',
    `/CreationDate (${'9'.repeat(100)})`,
  ])('is none where it says %j', (entry) => expect(made(info(entry))).toBeUndefined());

  it('is none where it packs far more than it should, or points to nothing', () => {
    const bomb = deflateSync(Buffer.alloc(8 * 1024 * 1024));
    const pdf = Buffer.concat([
      Buffer.from('%PDF-1.5\n3 0 obj\n<< /Type /ObjStm /N 2 /First 9 /Filter /FlateDecode >>\nstream\n'),
      bomb,
      Buffer.from('\nendstream\nendobj\ntrailer << /Info 5 0 R >>'),
    ]);
    expect(pdfDate(memorySource(pdf))).toBeUndefined();
    expect(made(`%PDF-1.4\n${'/Info 5 0 R '.repeat(10_000)}`)).toBeUndefined();
    expect(made(`%PDF-1.4\n${'/Info '.repeat(10_000)}`)).toBeUndefined();
  });
});
