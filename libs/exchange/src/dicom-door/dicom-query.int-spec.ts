import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { memorySource, readDicom } from '@vitrine/dicom';
import { STATUS, type OutgoingObject } from '@vitrine/dimse';
import { EXPLICIT_LITTLE } from '@vitrine/dimse/testing';
import { syntheticCtStudy } from '@vitrine/samples';
import { testData } from '../../testing/data-files.js';
import { dataSetOf, dcmtk, hasDcmtk } from '../../testing/dcmtk.js';
import { DoorBench } from '../../testing/door-bench.js';
import { sharedExaminer } from '../../testing/exchange-bench.js';
import { freePort, StoreScp } from '../../testing/store-scp.js';
import { ReaderVisit } from './reader-visit.js';

jest.setTimeout(120_000);

const withTools = hasDcmtk() ? describe : describe.skip;
const data = testData();
const withData = data === undefined ? it.skip : it;
const ct = syntheticCtStudy({ slices: 4, size: 16 });

/** Kinds of encoding, and how getscu is told to take them; it does not take the first whatever it is told. */
const ENCODINGS: readonly [string, string?][] = [
  ['implicit-le.dcm'],
  ['deflated.dcm', '+xd'],
  ['jpeg-baseline-rgb.dcm', '+xy'],
  ['jpeg-lossless-sv1-us.dcm', '+xs'],
  ['j2k-lossless-ct.dcm', '+xv'],
  ['jpegls-lossless-ct.dcm', '+xt'],
  ['rle-ct.dcm', '+xr'],
];

const factsOf = (bytes: Uint8Array) => {
  const answer = readDicom(memorySource(bytes));
  if (answer.kind !== 'instance') throw new Error('no instance');
  return answer.facts;
};
const imageKeys = (bytes: Uint8Array): string[] => {
  const { studyInstanceUid, sopInstanceUid } = factsOf(bytes);
  return [
    'QueryRetrieveLevel=IMAGE',
    `StudyInstanceUID=${studyInstanceUid}`,
    `SOPInstanceUID=${sopInstanceUid}`,
  ];
};
/** Of the data sets, as they travel: what is deflated to an odd length is padded with a zero. */
const digests = (files: readonly Uint8Array[]) =>
  files
    .map((bytes) => dataSetOf(Buffer.from(bytes)))
    .map((bytes) => (bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)])))
    .map((bytes) => createHash('sha256').update(bytes).digest('hex'))
    .sort();
const sent = digests(ct.map(({ bytes }) => bytes));

withTools('a system that reads by DIMSE', () => {
  let door: DoorBench;
  let title: string;
  const { studyInstanceUid: study, seriesInstanceUid: series, sopInstanceUid: image } = factsOf(ct[0]!.bytes);

  beforeAll(async () => {
    door = await DoorBench.open();
    await door.add(ct);
    title = await door.newReadingTitle();
  });
  afterAll(async () => {
    await door.close();
    sharedExaminer.end();
  });

  interface Asking {
    readonly called?: string;
    readonly calling?: string;
    readonly options?: readonly string[];
  }
  const run = (
    program: 'findscu' | 'getscu' | 'movescu',
    keys: readonly string[],
    { called = title, calling = 'PACS', options = [] }: Asking = {},
  ) =>
    dcmtk(
      program,
      '-v',
      ...(options.includes('-P') ? [] : ['-S']),
      ...options,
      ...door.target(called, calling),
      ...keys.flatMap((key) => ['-k', key]),
    );
  const find = (keys: readonly string[], asking?: Asking) => run('findscu', keys, asking);
  const matches = (output: string) => [...output.matchAll(/Find Response: \d+ \(Pending/g)].length;
  const lines = async (action: 'record.searched' | 'record.read' | 'reading-address.refused') =>
    door.bench.database.dataSource.getRepository(AuditEvent).findBy({ action });
  /** Runs getscu into a folder of its own. */
  async function get(keys: readonly string[], asking: Asking = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-getscu-'));
    const options = [...(asking.options ?? []), '+B', '-od', folder];
    const { output } = await run('getscu', keys, { ...asking, options });
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    rmSync(folder, { recursive: true });
    return { output, files };
  }
  const STUDY = ['QueryRetrieveLevel=STUDY', `StudyInstanceUID=${study}`];

  describe('with findscu', () => {
    it('finds studies, series and images with what it asks for', async () => {
      const wanted = ['StudyInstanceUID', 'PatientName', 'StudyDate', 'NumberOfStudyRelatedInstances'];
      const studies = (await find(['QueryRetrieveLevel=STUDY', ...wanted])).output;
      expect(matches(studies)).toBe(1);
      expect(studies).toContain(`UI [${study}]`);
      expect(studies).toContain('PN [Doe^Jane]');
      expect(studies).toMatch(/IS \[4 \].*NumberOfStudyRelatedInstances/);
      expect(studies).toContain('Received Final Find Response (Success)');
      const within = [`StudyInstanceUID=${study}`, 'SeriesInstanceUID', 'Modality=CT'];
      const found = (await find(['QueryRetrieveLevel=SERIES', ...within])).output;
      expect([matches(found), found.includes(`UI [${series}]`)]).toEqual([1, true]);
      const images = ['QueryRetrieveLevel=IMAGE', `SeriesInstanceUID=${series}`, 'SOPInstanceUID', 'Rows'];
      const all = (await find(images)).output;
      expect([matches(all), all.match(/US 16/g)?.length]).toEqual([4, 4]);
    });

    it.each([
      [['PatientName=doe*'], 1],
      [['PatientName=Doe^J?ne'], 1],
      [['PatientName=Joe*'], 0],
      [['StudyDate=20250601-20250630'], 1],
      [['StudyDate=-20250601'], 0],
      [[`StudyInstanceUID=1.2.3\\${study}`], 1],
      [['StudyInstanceUID=1.2.3'], 0],
      [['ModalitiesInStudy=CT', 'AccessionNumber'], 1],
      [['ModalitiesInStudy=MR'], 0],
    ])('matches %j with %i study', async (keys, count) => {
      const { output } = await find(['QueryRetrieveLevel=STUDY', ...keys]);
      expect(matches(output)).toBe(count);
      expect(output).toContain('Received Final Find Response (Success)');
    });

    it('finds the patient from the patient root, and only there', async () => {
      const keys = ['QueryRetrieveLevel=PATIENT', 'PatientName', 'PatientID'];
      const { output } = await find(keys, { options: ['-P'] });
      expect([matches(output), output.includes('PN [Doe^Jane]')]).toEqual([1, true]);
      expect((await find(keys)).output).toContain('Final Find Response (Error: DataSetDoesNotMatchSOPClass)');
      const studies = ['QueryRetrieveLevel=STUDY', 'StudyInstanceUID'];
      expect(matches((await find(studies, { options: ['-P'] })).output)).toBe(1);
    });

    it('is told when a key is not looked at', async () => {
      const { output } = await find(['QueryRetrieveLevel=STUDY', 'PatientComments', 'StudyInstanceUID']);
      expect(output).toMatch(/Find Response: 1 \(Pending: WarningUnsupportedOptionalKeys\)/);
    });

    it('refuses a level that there is not', async () => {
      expect((await find(['QueryRetrieveLevel=ROOM'])).output).toMatch(/Final Find Response \(Error/);
    });

    it('stops when it is cancelled', async () => {
      const keys = ['QueryRetrieveLevel=IMAGE', `StudyInstanceUID=${study}`, 'SOPInstanceUID'];
      const { output } = await find(keys, { options: ['--cancel', '1'] });
      expect(output).toMatch(/Final Find Response \(Cancel|Final Find Response \(Success/);
      expect(matches(output)).toBeLessThanOrEqual(4);
    });
  });

  describe('is let in', () => {
    const asked = ['QueryRetrieveLevel=STUDY', 'StudyInstanceUID'];

    it('under its own title and name only', async () => {
      const draft = { name: 'other', callingAeTitle: 'OTHER', addresses: ['127.0.0.1'] };
      await door.bench.nodes.register(await door.bench.account('provider', 'Dr Other'), draft);
      const stranger = await find(asked, { calling: 'STRANGER' });
      expect(stranger.output).toContain('Calling AE Title Not Recognized');
      const other = await find(asked, { calling: 'OTHER' });
      expect(other.output).toContain('Called AE Title Not Recognized');
      expect((await find(asked, { called: 'READ7K3MQ9TXV2AB' })).output).toContain('Called AE Title Not');
      expect(await lines('reading-address.refused')).toMatchObject([
        { outcome: 'refused', details: { reason: 'other-system', program: 'other' } },
      ]);
    });

    it('by an address for depositing to nothing but deposits, and the other way round', async () => {
      for (const program of ['findscu', 'getscu', 'movescu'] as const)
        for (const called of [door.code, door.inboxAeTitle])
          expect((await run(program, asked, { called })).output).toMatch(
            /No (Acceptable |adequate )?Presentation Context/i,
          );
      const stored = await door.store(door.written(ct), title);
      expect(stored.output).toMatch(/No presentation context|No Acceptable Presentation Contexts/i);
    });

    it('until the patient ends it or its time is over', async () => {
      const draft = { callingAeTitle: 'PACS', expiresInDays: 1 };
      const { address, aeTitle: ended } = await door.bench.readings.create(door.patient, draft);
      expect(matches((await find(asked, { called: ended })).output)).toBe(1);
      await door.bench.readings.revoke(door.patient, address.id);
      expect((await find(asked, { called: ended })).output).toContain('Called AE Title Not Recognized');
      const short = await door.newReadingTitle('PACS', 1);
      door.bench.clock.advance(24 * 60 * 60_000 + 1);
      expect((await find(asked, { called: short })).output).toContain('Called AE Title Not Recognized');
    });

    it('no further when the patient ends it while objects are on their way', async () => {
      const { readings, nodes, images, vault } = door.bench;
      const draft = { callingAeTitle: 'PACS', expiresInDays: 1 };
      const { address, aeTitle } = await readings.create(door.patient, draft);
      const known = (await nodes.recognise('PACS', { address: '127.0.0.1', certificate: undefined }))!;
      const reader = (await readings.recognise(aeTitle, known.node, known.account))!;
      const parts = { addresses: readings, nodes, images, vault };
      const visit = new ReaderVisit(reader, aeTitle, [], parts, () => undefined);
      const identifier = Buffer.from(
        `\x08\0\x52\0CS\x06\0STUDY \x20\0\x0d\0UI${String.fromCharCode(study.length + (study.length % 2))}\0${study}${study.length % 2 ? '\0' : ''}`,
        'latin1',
      );
      const query = {
        sopClassUid: '1.2.840.10008.5.1.4.1.2.2.3',
        transferSyntaxUid: EXPLICIT_LITTLE,
        identifier,
      };
      const [first, second] = await visit.retrieve(query, undefined);
      const read = async (object: OutgoingObject) => {
        let bytes = 0;
        for await (const part of object.content()) bytes += part.length;
        return bytes;
      };
      expect(await read(first!)).toBeGreaterThan(100);
      await readings.revoke(door.patient, address.id);
      await expect(read(second!)).rejects.toMatchObject({ status: STATUS.notAuthorized });
      await expect(visit.retrieve(query, undefined)).rejects.toMatchObject({ status: STATUS.notAuthorized });
    });

    it('to one record only', async () => {
      const joe = await door.bench.patient('Joe Bloggs');
      const draft = { callingAeTitle: 'PACS', expiresInDays: 1 };
      const { aeTitle } = await door.bench.readings.create(joe, draft);
      expect(matches((await find(asked, { called: aeTitle })).output)).toBe(0);
      expect((await get(STUDY, { called: aeTitle })).files).toEqual([]);
    });

    it.each([
      ['NOBODY', 'exchange.peer-unknown'],
      ['ANYWHERE', 'exchange.peer-unproven'],
    ])('not as %s: %s', async (callingAeTitle, code) => {
      const draft = { name: 'anywhere', callingAeTitle: 'ANYWHERE', addresses: [] };
      if (callingAeTitle === 'ANYWHERE') await door.bench.nodes.register(door.provider, draft);
      await expect(door.newReadingTitle(callingAeTitle)).rejects.toMatchObject({ code });
    });
  });

  describe('with getscu', () => {
    it('gets a study as it came, and the patient can read who did', async () => {
      const before = (await lines('record.read')).length;
      const { output, files } = await get(STUDY);
      expect(output).toContain('Number of Completed Suboperations : 4');
      expect(digests(files)).toEqual(sent);
      const read = (await lines('record.read')).slice(before);
      expect(read).toMatchObject([
        {
          agent: { name: 'Dr Weber' },
          details: { program: 'PACS of the city' },
          entities: [{ kind: 'item' }, { kind: 'reading-address' }],
        },
      ]);
    });

    it.each([
      [
        'a series',
        ['QueryRetrieveLevel=SERIES', `StudyInstanceUID=${study}`, `SeriesInstanceUID=${series}`],
        4,
      ],
      ['an image', ['QueryRetrieveLevel=IMAGE', `SOPInstanceUID=${image}`], 1],
      ['nothing that is not there', ['QueryRetrieveLevel=STUDY', 'StudyInstanceUID=1.2.3'], 0],
      ['nothing without a name', ['QueryRetrieveLevel=STUDY', 'PatientName=*'], 0],
    ])('gets %s', async (_, keys, count) => {
      expect((await get(keys)).files).toHaveLength(count);
    });

    it('gets everything of the patient from the patient root', async () => {
      const keys = ['QueryRetrieveLevel=PATIENT', `PatientID=${idOf(ct[0]!.bytes)}`];
      expect((await get(keys, { options: ['-P'] })).files).toHaveLength(4);
    });

    withData('gets the encodings that it takes, as they lie, and is told what it does not take', async () => {
      for (const [name, option] of ENCODINGS) {
        if (option === undefined) continue;
        const bytes = readFileSync(join(data!, 'dicom/transfer-syntax', name));
        await door.add([{ name, bytes }]);
        const { files } = await get(imageKeys(bytes), { options: [option] });
        expect([name, digests(files)]).toEqual([name, digests([bytes])]);
        const plain = await get(imageKeys(bytes));
        expect([name, plain.files]).toEqual([name, []]);
        expect(plain.output).toContain('Number of Failed Suboperations    : 1');
      }
    });
  });

  describe('with movescu', () => {
    let there: StoreScp;
    beforeAll(async () => {
      there = await StoreScp.start('+xa');
      const workstation = { addresses: ['127.0.0.1'], host: '127.0.0.1' };
      const { nodes } = door.bench;
      const draft = { name: 'Workstation', callingAeTitle: 'WORKSTATION', port: there.port };
      await nodes.register(door.provider, { ...workstation, ...draft });
      const off = { name: 'Switched off', callingAeTitle: 'OFF', port: await freePort() };
      await nodes.register(door.provider, { ...workstation, ...off });
      const foreign = { name: 'Foreign', callingAeTitle: 'FOREIGN', port: there.port };
      const other = await door.bench.account('provider', 'Dr Foreign');
      await nodes.register(other, { ...workstation, ...foreign });
    });
    afterAll(() => there.stop());
    const move = (destination: string, more: readonly string[] = [], keys = STUDY) =>
      run('movescu', keys, { options: ['-aem', destination, ...more] });

    it('has a study sent to a system of the same provider, as it came', async () => {
      const { output } = await move('WORKSTATION');
      expect(output).toMatch(/Received Move Response 3/);
      expect(output).toContain('Received Final Move Response (Success)');
      expect(digests(there.received())).toEqual(sent);
      expect((await lines('record.read')).at(-1)).toMatchObject({
        details: { program: 'PACS of the city', destinationAeTitle: 'WORKSTATION' },
      });
    });

    it('is its own destination, and is released when it has everything', async () => {
      const port = await freePort();
      await door.bench.nodes.register(door.provider, {
        ...{ name: 'One program', callingAeTitle: 'ONE', addresses: ['127.0.0.1'], host: '127.0.0.1', port },
      });
      const called = await door.newReadingTitle('ONE');
      const folder = mkdtempSync(join(tmpdir(), 'vitrine-movescu-'));
      const options = ['-aem', 'ONE', '+P', String(port), '-od', folder];
      const { code, output } = await run('movescu', STUDY, { called, calling: 'ONE', options });
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(readdirSync(folder)).toHaveLength(ct.length);
      rmSync(folder, { recursive: true });
    });

    it.each(['NOWHERE', 'FOREIGN', 'PACS'])('has nothing sent to %s', async (destination) => {
      const { output } = await move(destination);
      expect(output).toContain('Received Final Move Response (Refused: MoveDestinationUnknown)');
    });

    withData('has every encoding sent as it lies', async () => {
      for (const [name] of ENCODINGS) {
        const bytes = readFileSync(join(data!, 'dicom/transfer-syntax', name));
        await door.add([{ name, bytes }]);
        const before = digests(there.received());
        const { output } = await move('WORKSTATION', [], imageKeys(bytes));
        expect([name, output]).toEqual([name, expect.stringContaining('Final Move Response (Success)')]);
        const [own] = digests([bytes]);
        expect([name, before.includes(own!), digests(there.received()).includes(own!)]).toEqual([
          name,
          false,
          true,
        ]);
      }
    });

    it('is told when the destination cannot be reached', async () => {
      const { output } = await move('OFF');
      expect(output).toContain('Refused: OutOfResourcesSubOperations');
    });
  });
});

/** Patient ID (0010,0020), explicit little endian. */
function idOf(bytes: Uint8Array): string {
  const file = Buffer.from(bytes);
  const at = file.indexOf(Buffer.from([0x10, 0, 0x20, 0, 0x4c, 0x4f]));
  return file.toString('latin1', at + 8, at + 8 + file.readUInt16LE(at + 6)).trim();
}
