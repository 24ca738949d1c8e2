import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { AuditEvent } from '@vitrine/audit';
import { ImportsService } from '@vitrine/exchange';
import { Account, Patient } from '@vitrine/identity';
import { RecordsService } from '@vitrine/records';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { PASSWORD, signedIn } from '../../testing/people.js';
import type { Browser } from '../../testing/small-app.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

jest.setTimeout(60_000);

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
}

describe('the way out over HTTP', () => {
  let whole: WholeApp;
  let jane: Browser;
  let patient: Patient;
  let cookie: string;
  let port: number;
  let all: Answer;

  beforeAll(async () => {
    whole = await wholeApp();
    await whole.app.listen(0, '127.0.0.1');
    port = (whole.app.getHttpServer().address() as AddressInfo).port;
    const database = whole.app.get(DataSource);
    jane = await signedIn(whole.app, whole.publicUrl, 'patient', { name: 'Jane Doe' });
    patient = await database.getRepository(Patient).findOneByOrFail({ name: 'Jane Doe' });
    const account = await database.getRepository(Account).findOneByOrFail({ id: patient.accountId });
    const signIn = await jane.post('/api/sign-in').send({ email: account.email, password: PASSWORD });
    cookie = String(signIn.headers['set-cookie']?.[0]).split(';')[0] ?? '';
    const imports = whole.app.get(ImportsService);
    const { id } = await imports.addOwn(account, patient, [
      ...syntheticCtStudy({ slices: 3, size: 64 }),
      syntheticReportPdf(),
    ]);
    while ((await imports.get(account.id, id)).state !== 'done')
      await new Promise((resolve) => setTimeout(resolve, 100));
    all = await get();
  });
  afterAll(() => whole.close());

  /** As curl asks: bytes, not texts. */
  const get = (headers: Record<string, string> = {}, method = 'GET', path = '/api/record/export') =>
    new Promise<Answer>((resolve, reject) => {
      const sent = httpRequest(
        { host: '127.0.0.1', port, path, method, headers: { cookie, ...headers } },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              bytes: Buffer.concat(parts),
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end();
    });

  it('is a whole ZIP, to be saved, that no browser shows or guesses at', () => {
    expect(all.status).toBe(200);
    expect(all.bytes.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');
    expect(all.headers).toMatchObject({
      'content-type': 'application/zip',
      'content-length': String(all.bytes.length),
      'content-disposition': 'attachment; filename="health-record.zip"',
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(all.headers.etag).toMatch(/^"[\w-]{43}"$/);
  });

  it('goes on where it stopped', async () => {
    const { length } = all.bytes;
    const rest = await get({ range: 'bytes=5000-', 'if-range': String(all.headers.etag) });
    expect(rest.status).toBe(206);
    expect(rest.headers).toMatchObject({
      'content-range': `bytes 5000-${length - 1}/${length}`,
      'content-length': String(length - 5000),
      etag: all.headers.etag,
    });
    expect(rest.bytes.equals(all.bytes.subarray(5000))).toBe(true);
    const end = await get({ range: 'bytes=-22' });
    expect(end.bytes.equals(all.bytes.subarray(-22))).toBe(true);
  });

  it('begins again where the record is another one by now', async () => {
    const again = await get({ range: 'bytes=5000-', 'if-range': '"another"' });
    expect([again.status, again.bytes.length]).toEqual([200, all.bytes.length]);
  });

  it('refuses a part beyond the end, and says where that is', async () => {
    const beyond = await get({ range: `bytes=${all.bytes.length}-` });
    expect(beyond.status).toBe(416);
    expect(beyond.headers['content-range']).toBe(`bytes */${all.bytes.length}`);
  });

  it('says how large it is without making it, and leaves no line for that', async () => {
    const lines = () =>
      whole.app.get(DataSource).getRepository(AuditEvent).countBy({ action: 'record.exported' });
    const before = await lines();
    const head = await get({}, 'HEAD');
    expect(head.headers).toMatchObject({
      'content-length': String(all.bytes.length),
      etag: all.headers.etag,
    });
    expect(await lines()).toBe(before);
  });

  it('leaves a line that says what went out', async () => {
    const [item] = await whole.app.get(RecordsService).list(patient.id, { kind: 'document' });
    const some = await get({}, 'GET', `/api/record/export?items=${item!.id}`);
    expect(some.headers['content-disposition']).toContain('health-record-selection.zip');
    const acts = (await jane.get('/api/audit').expect(200)).body as { events: unknown[] };
    const [last] = acts.events;
    expect(last).toMatchObject({
      action: 'record.exported',
      agent: { you: true },
      entities: [{ id: item!.id, label: item!.title }],
      details: { everything: false, bytes: some.bytes.length, from: 0 },
    });
  });

  it.each(['', '..', 'a'.repeat(31), `${'a'.repeat(32)},`, Array(201).fill('a'.repeat(32)).join(',')])(
    'takes no %j for a selection',
    async (items) => {
      const refused = await get({}, 'GET', `/api/record/export?items=${items}`);
      expect([refused.status, refused.headers['content-type']]).toEqual([
        400,
        'application/problem+json; charset=utf-8',
      ]);
    },
  );

  it('does not know what is not there', async () => {
    const missing = await get({}, 'GET', `/api/record/export?items=${'a'.repeat(32)}`);
    expect(missing.status).toBe(404);
    expect(missing.headers.etag).toBeUndefined();
  });

  it('finds by words and by kind', async () => {
    const titles = async (query: string) =>
      ((await jane.get(`/api/record?${query}`).expect(200)).body as { items: { title: string }[] }).items.map(
        ({ title }) => title,
      );
    expect(await titles('q=synth')).toEqual(['CT of the head']);
    expect(await titles('q=juni%202025&kind=imaging')).toEqual(['CT of the head']);
    expect(await titles('kind=document')).toEqual(['ct-head-report']);
    expect(await titles('q=head&kind=genome')).toEqual([]);
    await jane.get('/api/record?kind=everything').expect(400);
  });
});
