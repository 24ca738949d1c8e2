import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AuditEvent, SYSTEM_AGENT } from '@vitrine/audit';
import { AccessTokens, DepositCodes, type Owner } from '@vitrine/delegation';
import { Accounts } from '@vitrine/identity';
import { RecordItem } from '@vitrine/records';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import type { Type } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { aPatient, aProgram, aToken, STOW_TYPE, stowBody } from '../../testing/programs.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

// The first import starts a process that loads TypeScript.
jest.setTimeout(60_000);

const WEB = '/api/dicom-web';
const ct = syntheticCtStudy({ slices: 3, size: 16 }).map(({ bytes }) => bytes);
const knee = syntheticCtStudy({ slices: 2, size: 16, description: 'Knee', studyDate: '20240101' });
const broken = ct[2]!.subarray(0, 700);
const pdf = syntheticReportPdf().bytes;

type Element = { vr: string; Value?: unknown[] };
type Sets = Record<string, Element>[];
const values = (sets: Sets, tag: string) => sets.map((set) => set[tag]?.Value?.[0]);

describe('DICOMweb', () => {
  let whole: WholeApp;
  let jane: Owner;
  let sender: ReturnType<typeof aProgram>;
  let reader: ReturnType<typeof aProgram>;
  let foreign: ReturnType<typeof aProgram>;
  let study = '';

  beforeAll(async () => {
    whole = await wholeApp();
    jane = await aPatient(whole.app);
    const joe = await aPatient(whole.app, 'Joe Bloggs');
    sender = aProgram(whole.app, await aToken(whole.app, jane, 'deposit'));
    reader = aProgram(whole.app, await aToken(whole.app, jane, 'read'));
    foreign = aProgram(whole.app, await aToken(whole.app, joe, 'read'));
    const stored = await stow(...ct);
    study = (stored.body as Record<string, Element>)['00081190']!.Value![0] as string;
    study = study.split('/').at(-1)!;
    await stow(...knee.map(({ bytes }) => bytes));
  }, 120_000);
  afterAll(() => whole.close());

  const stow = (...parts: readonly Uint8Array[]) =>
    sender
      .post(`${WEB}/studies`)
      .type(STOW_TYPE)
      .send(stowBody(...parts));
  const search = async (path: string) => (await reader.get(`${WEB}${path}`).expect(200)).body as Sets;

  describe('store', () => {
    it('says of each instance that it is stored, and where', async () => {
      const answer = await stow(...ct).expect(200);
      expect(answer.type).toBe('application/dicom+json');
      const body = answer.body as Record<string, Element>;
      const kept = body['00081199']!.Value as Sets;
      expect(Object.keys(body)).toEqual(['00081190', '00081199']);
      expect(kept).toHaveLength(3);
      expect(kept[0]).toMatchObject({
        '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
        '00081155': { vr: 'UI' },
        '00081190': { vr: 'UR', Value: [expect.stringContaining(`/studies/${study}/series/`)] },
      });
    });

    it('says which instances failed and why, and stores the others', async () => {
      const answer = await stow(ct[0]!, broken, pdf).expect(202);
      const body = answer.body as Record<string, Element>;
      expect(body['00081199']!.Value).toHaveLength(1);
      expect(body['0008119A']!.Value).toEqual([
        { '00081197': { vr: 'US', Value: [0xc000] } },
        { '00081197': { vr: 'US', Value: [0xc000] } },
      ]);
    });

    it('refuses instances of another study than the address names', async () => {
      const answer = await sender
        .post(`${WEB}/studies/1.2.3`)
        .type(STOW_TYPE)
        .send(stowBody(ct[0]!))
        .expect(409);
      const failed = (answer.body as Record<string, Element>)['00081198']!.Value as Sets;
      expect(failed).toMatchObject([{ '00081197': { Value: [0xa900] }, '00081155': { vr: 'UI' } }]);
    });

    it.each([
      ['a form', 'multipart/form-data; boundary=part', 415],
      ['metadata apart from pixels', 'multipart/related; type="application/dicom+json"; boundary=part', 415],
      ['a bare file', 'application/dicom', 415],
      ['no boundary', 'multipart/related; type="application/dicom"', 400],
      ['another boundary', 'multipart/related; type="application/dicom"; boundary=other', 400],
    ])('refuses %s', async (_, type, status) => {
      await sender.post(`${WEB}/studies`).type(type).send(stowBody(ct[0]!)).expect(status);
    });

    it('refuses no parts, a part of another type, and an answer in XML', async () => {
      await stow().expect(400);
      const png = Buffer.from('--part\r\nContent-Type: image/png\r\n\r\nx\r\n--part--');
      await sender.post(`${WEB}/studies`).type(STOW_TYPE).send(png).expect(415);
      const request = sender.post(`${WEB}/studies`).type(STOW_TYPE).accept('application/dicom+xml');
      await request.send(stowBody(ct[0]!)).expect(406);
    });

    it('is not for a program that may only read', async () => {
      const answer = await reader.post(`${WEB}/studies`).type(STOW_TYPE).send(stowBody(ct[0]!)).expect(403);
      expect(answer.headers['www-authenticate']).toContain('insufficient_scope');
      await sender.get(`${WEB}/studies`).expect(403);
    });

    it('puts what a provider’s system sends before the patient, and shows it to no program', async () => {
      const get = <T>(type: Type<T>): T => whole.app.get<T>(type, { strict: false });
      const { account } = await get(Accounts).create(SYSTEM_AGENT, {
        name: 'Dr Ray',
        email: 'ray@example.org',
        role: 'provider',
      });
      const code = await get(DepositCodes).create(jane, { label: 'x', expiresInDays: 1, maximumUses: 1 });
      const { secret } = await get(AccessTokens).createOfDepositCode(account, code.secret, 'Scanner');
      const scanner = aProgram(whole.app, secret);
      const [one] = syntheticCtStudy({ slices: 1, size: 16, description: 'Sent by a hospital' });
      const answer = await scanner
        .post(`${WEB}/studies`)
        .type(STOW_TYPE)
        .send(stowBody(one!.bytes))
        .expect(200);
      expect(Object.keys(answer.body as object)).toEqual(['00081199']);
      const items = await whole.app.get(DataSource).getRepository(RecordItem).findBy({ state: 'pending' });
      expect(items).toHaveLength(1);
      expect(values(await search('/studies'), '00081030')).toEqual(['Head without contrast', 'Knee']);
      await get(DepositCodes).revoke(jane, code.code.id);
      await scanner.post(`${WEB}/studies`).type(STOW_TYPE).send(stowBody(one!.bytes)).expect(401);
    });
  });

  describe('search', () => {
    it('finds studies with what they have in common, the latest first', async () => {
      const found = await search('/studies');
      expect(values(found, '00081030')).toEqual(['Head without contrast', 'Knee']);
      expect(found[0]).toMatchObject({
        '00080020': { vr: 'DA', Value: ['20250612'] },
        '00080030': { vr: 'TM', Value: ['101500'] },
        '00080061': { vr: 'CS', Value: ['CT'] },
        '00080090': { vr: 'PN' },
        '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Doe^Jane' }] },
        '00100020': { vr: 'LO', Value: ['SYN-1'] },
        '0020000D': { vr: 'UI', Value: [study] },
        '00201206': { vr: 'IS', Value: [1] },
        '00201208': { vr: 'IS', Value: [3] },
        '00081190': { vr: 'UR', Value: [`http://vitrine.test${WEB}/studies/${study}`] },
      });
    });

    it.each([
      ['?PatientName=doe*', 2],
      ['?00100010=Nobody', 0],
      ['?StudyDate=20250101-', 1],
      ['?StudyDate=-20241231', 1],
      ['?StudyDescription=*nee', 1],
      ['?ModalitiesInStudy=CT&limit=1', 1],
      ['?ModalitiesInStudy=CT&offset=1', 1],
      ['?ModalitiesInStudy=MR', 0],
    ])('answers %s', async (query, count) => {
      const answer = await reader.get(`${WEB}/studies${query}`).expect(count === 0 ? 204 : 200);
      if (count > 0) expect(answer.body).toHaveLength(count);
    });

    it('finds by a list of UIDs', async () => {
      expect(await search(`/studies?StudyInstanceUID=1.2.3,${study}`)).toHaveLength(1);
    });

    it('finds series and instances of a study, and of all', async () => {
      const series = await search(`/studies/${study}/series`);
      expect(series).toMatchObject([
        { '00080060': { Value: ['CT'] }, '00200011': { Value: [1] }, '00201209': { Value: [3] } },
      ]);
      expect(series[0]).not.toHaveProperty('00100010');
      const uid = values(series, '0020000E')[0] as string;
      const instances = await search(`/studies/${study}/series/${uid}/instances`);
      expect(values(instances, '00200013')).toEqual([1, 2, 3]);
      expect(instances[0]).toMatchObject({
        '00280010': { vr: 'US', Value: [16] },
        '00080056': { vr: 'CS', Value: ['ONLINE'] },
      });
      expect(await search(`/studies/${study}/instances?InstanceNumber=2`)).toHaveLength(1);
      expect(values(await search('/series'), '00100020')).toEqual(['SYN-1', 'SYN-1']);
      expect(await search('/instances')).toHaveLength(5);
    });

    it('answers attributes of what a thing is in when they are asked for', async () => {
      const named = await search(`/studies/${study}/series?includefield=PatientID,StudyDate`);
      expect(named[0]).toMatchObject({ '00100020': { Value: ['SYN-1'] }, '00080020': {} });
      expect(named[0]).not.toHaveProperty('00100010');
      const all = await search(`/studies/${study}/series?includefield=all`);
      expect(all[0]).toMatchObject({ '00100010': { Value: [{ Alphabetic: 'Doe^Jane' }] } });
    });

    it('warns of what it could not do, and of what is left', async () => {
      const fuzzy = await reader.get(`${WEB}/studies?fuzzymatching=true&PatientName=doe*`).expect(200);
      expect(fuzzy.headers['warning']).toMatch(/^299 .*Only literal matching has been performed/);
      const first = await reader.get(`${WEB}/studies?limit=1`).expect(200);
      expect(first.headers['warning']).toContain('There are 1 additional results');
      const other = await reader.get(`${WEB}/studies?EthnicGroup=x`).expect(200);
      expect(other.headers['warning']).toContain('EthnicGroup');
    });

    it.each(['?NoSuchAttribute=1', '?limit=x', '?StudyDate=1&00080020=2', '?includefield=nothing'])(
      'refuses %s',
      async (query) => {
        await reader.get(`${WEB}/studies${query}`).expect(400);
      },
    );

    it('answers JSON only', async () => {
      await reader
        .get(`${WEB}/studies`)
        .accept('multipart/related; type="application/dicom+xml"')
        .expect(406);
      await reader.get(`${WEB}/studies`).accept('application/dicom+xml, application/json;q=0.1').expect(200);
    });

    it('shows nothing of another patient', async () => {
      await foreign.get(`${WEB}/studies`).expect(204);
      await foreign.get(`${WEB}/studies/${study}/series`).expect(204);
      await foreign.get(`${WEB}/instances`).expect(204);
    });

    it('leaves a line that the patient can read', async () => {
      const lines = await whole.app.get(DataSource).getRepository(AuditEvent).findBy({
        action: 'record.searched',
        patientId: jane.patient.id,
      });
      expect(lines).toMatchObject([{ details: { program: 'To read' }, agent: { name: 'Jane Doe' } }]);
    });
  });
});
