import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { findItems, refreshIndex } from './record-index.js';
import { RecordIndexing } from './record-indexing.js';
import { RecordFile } from './record-file.entity.js';
import { RecordItem, type StudyFacts } from './record-item.entity.js';

const jane = newId();
const joe = newId();

const aStudy = (change: Partial<StudyFacts> = {}): StudyFacts => ({
  studyInstanceUid: '1.2.3',
  description: 'SCHAEDEL NATIV',
  modalities: ['CT'],
  bodyPart: 'HEAD',
  institution: 'Universitätsklinikum Köln',
  accessionNumber: 'A-4711',
  patientName: 'Jane Doe',
  patientBirthDate: '',
  seriesCount: 1,
  mismatch: 'none',
  ...change,
});

const anItem = (change: Partial<RecordItem> = {}): RecordItem =>
  Object.assign(new RecordItem(), {
    id: newId(),
    patientId: jane,
    kind: 'imaging' as const,
    state: 'kept' as const,
    title: 'CT of the head',
    takenOn: '2012-09-04',
    formats: ['dicom' as const],
    count: 1,
    bytes: 1,
    study: aStudy(),
    studyInstanceUid: null,
    thumbnailBlobId: null,
    importId: newId(),
    origin: { kind: 'self' as const, name: 'Jane', at: '2026-01-31T09:30:00.000Z' },
    addedAt: '2026-01-31T09:30:00.000Z',
    ...change,
  });

const aFile = (
  item: RecordItem,
  untrustedName: string,
  seriesDescription: string | null = null,
): RecordFile =>
  Object.assign(new RecordFile(), {
    id: newId(),
    itemId: item.id,
    patientId: item.patientId,
    blobId: newId(),
    untrustedName,
    format: 'pdf' as const,
    bytes: 1,
    seriesInstanceUid: null,
    sopInstanceUid: null,
    sopClassUid: null,
    transferSyntaxUid: null,
    modality: null,
    seriesDescription,
    seriesNumber: null,
    instanceNumber: null,
    frames: 1,
  });

describe('the index of records', () => {
  let database: TestDatabase;
  const scan = anItem();
  const letter = anItem({
    kind: 'document',
    title: 'Arztbrief',
    takenOn: null,
    study: null,
    document: null,
    formats: ['pdf'],
    origin: { kind: 'provider', name: 'Praxis Dr. Øster', at: '' },
  });
  const knee = anItem({
    title: 'MRI of the knee',
    takenOn: null,
    study: aStudy({
      modalities: ['MR'],
      description: '',
      bodyPart: 'LEG',
      institution: 'Tallinn',
      accessionNumber: '',
    }),
  });
  const greek = anItem({ title: 'Κεφαλός', study: null, takenOn: null });
  const russian = anItem({ title: 'Снимок грудной клетки Й', study: null, takenOn: null });
  const foreign = anItem({ patientId: joe });

  beforeAll(async () => {
    database = await testDatabase([RecordItem, RecordFile]);
    const items = [scan, letter, knee, greek, russian, foreign];
    await database.transactor.run(async (manager) => {
      await manager.save(items);
      await manager.save([
        aFile(scan, 'DISC/IM0001', 'Axial 5 mm'),
        aFile(letter, 'Post/Brief_Müller-2024.pdf'),
        aFile(letter, `Ruhr-Universität O'Brien 头部 ${'q'.repeat(3_000)}.pdf`),
      ]);
      await refreshIndex(
        manager,
        items.map(({ id }) => id),
      );
    });
  });
  afterAll(() => database.close());

  const items = () => database.dataSource.getRepository(RecordItem);
  const find = async (search: string, patientId = jane) =>
    (await findItems(items(), patientId, { search }).getMany()).map(({ title }) => title).sort();

  it.each([
    ['the beginning of a word', 'hea', ['CT of the head']],
    ['words in any order and case', 'HEAD ct', ['CT of the head']],
    ['a word without its accents', 'universitatsklinikum koln', ['CT of the head']],
    ['a word with accents where there are none', 'nátiv', ['CT of the head']],
    ['what the scanner called it', 'schaedel', ['CT of the head']],
    ['a year', '2012', ['CT of the head']],
    ['a date as it is written', '2012-09-04', ['CT of the head']],
    ['a date as Germans write it', '4.9.2012', ['CT of the head']],
    ['a month in English', 'september', ['CT of the head']],
    ['a month in German', 'sept 2012', ['CT of the head']],
    ['the kind of scan as it says', 'mr', ['MRI of the knee']],
    ['the kind of scan as Germans call it', 'mrt', ['MRI of the knee']],
    ['the part of the body as it says', 'leg', ['MRI of the knee']],
    ['the part of the body as Germans call it', 'knie', ['MRI of the knee']],
    ['where it was made', 'tallinn', ['MRI of the knee']],
    ['a series', 'axial', ['CT of the head']],
    ['part of the name of a file', 'muller 2024', ['Arztbrief']],
    ['who sent it', 'øster', ['Arztbrief']],
    ['the number of the order', 'a-4711', ['CT of the head']],
    [
      'nothing at all',
      ' ',
      ['Arztbrief', 'CT of the head', 'MRI of the knee', 'Κεφαλός', 'Снимок грудной клетки Й'],
    ],
    ['a word that is nowhere', 'zebra', []],
    ['only one of two words', 'head zebra', []],
    ['the middle of a word', 'ead', []],
    ['signs alone', '"*()', []],
    ['Greek capitals at the end of a word', 'ΚΕΦΑΛΟΣ', ['Κεφαλός']],
    ['Cyrillic letters and what is above them', 'снимок грудной', ['Снимок грудной клетки Й']],
    ['a letter whose sign belongs to it', 'й', ['Снимок грудной клетки Й']],
    ['accents that stand apart', 'Ko\u0308ln', ['CT of the head']],
    ['a ligature and wide letters', 'ＨＥＡＤ', ['CT of the head']],
    ['a word in two parts of a text', 'ruhr', ['Arztbrief']],
    ["an apostrophe, which is no sign of the query's", "o'brien", ['Arztbrief']],
    ['a backslash and signs of both query languages', "hea\\ & 'ct':* | !", ['CT of the head']],
    ['the beginning of a very long word', 'q'.repeat(300), ['Arztbrief']],
    ['Chinese signs', '头部', ['Arztbrief']],
  ])('finds by %s', async (_, search, titles) => expect(await find(search)).toEqual(titles));

  it.each([
    'head OR zebra',
    'head NOT zebra',
    'words:zebra',
    'NEAR(head zebra)',
    '"head" zebra',
    'head*zebra',
  ])('takes %j for words and for nothing else', async (search) => expect(await find(search)).toEqual([]));

  it('finds nothing of another patient, not even by their id', async () => {
    expect(await find('head', joe)).toEqual(['CT of the head']);
    expect(await find(joe)).toEqual([]);
    expect(await find(`head" OR patientId : "${joe}`)).toEqual([]);
  });

  it('shows one kind only', async () => {
    const found = await findItems(items(), jane, { search: '', kind: 'document' }).getMany();
    expect(found.map(({ id }) => id)).toEqual([letter.id]);
  });

  it('says what the item says after a change, and nothing of one that is gone', async () => {
    await database.transactor.run(async (manager) => {
      await manager.update(RecordItem, letter.id, { title: 'Laborbefund' });
      await refreshIndex(manager, [letter.id]);
    });
    expect(await find('laborbefund')).toEqual(['Laborbefund']);
    expect(await find('arztbrief')).toEqual([]);
    await database.transactor.run(async (manager) => {
      await manager.delete(RecordItem, letter.id);
      await refreshIndex(manager, [letter.id]);
    });
    expect(await find('laborbefund')).toEqual([]);
  });

  it('takes part in the transaction: what is undone is not found', async () => {
    const lost = anItem({ title: 'Vanished' });
    await expect(
      database.transactor.run(async (manager) => {
        await manager.save(lost);
        await refreshIndex(manager, [lost.id]);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    const rows = await database.dataSource.query<unknown[]>('SELECT "words" FROM "record_search"');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain('vanished');
  });

  it('gives items that are older than it their words at the next start', async () => {
    const old = anItem({ title: 'Angiogram' });
    await database.transactor.run((manager) => manager.save(old));
    expect(await find('angiogram')).toEqual([]);
    await new RecordIndexing(items(), database.transactor).onApplicationBootstrap();
    expect(await find('angiogram')).toEqual(['Angiogram']);
  });
});
