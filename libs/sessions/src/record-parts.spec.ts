import { describe, expect, it } from '@jest/globals';
import { RecordFile, RecordItem } from '@vitrine/records';
import { layOutRecord } from './record-layout.js';
import { arrivingFile, inParts } from './record-parts.js';

const MIB = 1024 * 1024;
let made = 0;

const study = (studyInstanceUid: string | null = '1.2') =>
  Object.assign(new RecordItem(), { id: `item ${++made}`, kind: 'imaging', title: 'CT', studyInstanceUid });

const series = (item: RecordItem, uid: string, count: number, change: Partial<RecordFile> = {}) =>
  Array.from({ length: count }, (_, index) =>
    Object.assign(new RecordFile(), {
      id: `file ${++made}`,
      itemId: item.id,
      blobId: `${uid} ${index + 1}`,
      untrustedName: `IM${index}`,
      format: 'dicom' as const,
      bytes: 10 * MIB,
      seriesInstanceUid: uid,
      seriesNumber: Number(uid),
      instanceNumber: index + 1,
      modality: 'CT',
      ...change,
    }),
  );

const partsOf = (items: readonly RecordItem[], files: readonly RecordFile[]) =>
  inParts(layOutRecord(items, files).files);
/** The series of each part, with how many files of each. */
const shape = (parts: ReturnType<typeof inParts>) =>
  parts.map((part) => {
    const counts: Record<string, number> = {};
    for (const { of } of part)
      counts[of.seriesInstanceUid ?? of.id] = (counts[of.seriesInstanceUid ?? of.id] ?? 0) + 1;
    return counts;
  });

describe('inParts', () => {
  it('puts first the series with the most pictures, whole, and keeps the order of the others', () => {
    const item = study();
    const files = [...series(item, '1', 2), ...series(item, '2', 5), ...series(item, '3', 3)];
    expect(shape(partsOf([item], files))).toEqual([{ 2: 5 }, { 1: 2, 3: 3 }]);
  });

  it('does not open with what only goes along with pictures', () => {
    const item = study();
    const files = [...series(item, '1', 9, { modality: 'SEG' }), ...series(item, '2', 2)];
    expect(shape(partsOf([item], files))[0]).toEqual({ 2: 2 });
  });

  it('opens with the first thing that was chosen, not with the largest', () => {
    const [one, two] = [study(), study('3.4')];
    const files = [...series(two, '2', 20), ...series(one, '1', 2)];
    expect(shape(partsOf([one, two], files))[0]).toEqual({ 1: 2 });
  });

  it('tears no series apart, also where two items share it', () => {
    const [one, two] = [study(), study()];
    const files = [...series(one, '1', 3), ...series(two, '2', 8), ...series(two, '1', 2)];
    expect(shape(partsOf([one, two], files))).toEqual([{ 1: 5 }, { 2: 8 }]);
  });

  it('makes one part of what is hardly worth waiting for', () => {
    const item = study();
    const files = [...series(item, '1', 30), ...series(item, '2', 3)];
    expect(shape(partsOf([item], files))).toEqual([{ 1: 30, 2: 3 }]);
  });

  it('makes parts of some size, however small the series are', () => {
    const item = study();
    const files = Array.from({ length: 100 }, (_, index) => series(item, String(index + 1), 1)).flat();
    const parts = partsOf([item], files);
    expect(parts.map((part) => part.length)).toEqual([1, ...Array<number>(14).fill(7), 1]);
  });

  it('lays an index out together with its data', () => {
    const item = study(null);
    const name = (untrustedName: string, format: RecordFile['format']) => ({
      untrustedName,
      format,
      seriesInstanceUid: null,
    });
    const files = [
      ...series(item, '1', 1, name('a.bam', 'bam')),
      ...series(item, '2', 1, { ...name('b.bam', 'bam'), bytes: 100 * MIB }),
      ...series(item, '3', 1, name('b.bam.bai', 'index')),
      ...series(item, '4', 1, name('a.bam.bai', 'index')),
    ];
    expect(partsOf([item], files).map((part) => part.map(({ path }) => path))).toEqual([
      ['item-1/000001.bam', 'item-1/000001.bam.bai'],
      ['item-1/000002.bam', 'item-1/000002.bam.bai'],
    ]);
  });

  it('makes nothing of nothing', () => {
    expect(inParts([])).toEqual([[]]);
  });
});

describe('arrivingFile', () => {
  it('lists everything in the order of the record, each file with its part, and says which study it is of', () => {
    const item = study();
    const large = { bytes: 40 * MIB };
    const files = [...series(item, '1', 1, large), ...series(item, '2', 5, large)];
    const layout = layOutRecord([item], files);
    const arriving = arrivingFile(layout.open, [item], inParts(layout.files));
    expect(arriving).toMatchObject({ version: 1, arrived: 0 });
    expect(arriving.items[0]).toMatchObject({ id: item.id, studyInstanceUid: '1.2' });
    expect(arriving.items[0]?.files.map(({ part }) => part)).toEqual([1, 0, 0, 0, 0, 0]);
    expect(arriving.items[0]?.files.map(({ path }) => path)).toEqual(
      layout.open.items[0]?.files.map(({ path }) => path),
    );
  });
});
