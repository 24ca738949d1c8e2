import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { AuditEvent } from '@vitrine/audit';
import { AccessTokens, type Owner } from '@vitrine/delegation';
import { Blob } from '@vitrine/vault';
import { PASSWORD, signedIn } from '../../testing/people.js';
import { aPatient, aToken } from '../../testing/programs.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

// Accounts have passwords that are hashed at full cost.
jest.setTimeout(60_000);

describe('the network drive', () => {
  let whole: WholeApp;
  let jane: Owner;
  let origin: string;
  let write: string;
  let read: string;

  beforeAll(async () => {
    whole = await wholeApp();
    await whole.app.listen(0, '127.0.0.1');
    const { port } = whole.app.getHttpServer().address() as AddressInfo;
    origin = `http://127.0.0.1:${port}`;
    jane = await aPatient(whole.app);
    write = await aToken(whole.app, jane, 'drive-write');
    read = await aToken(whole.app, jane, 'drive-read');
  });
  afterAll(() => whole.close());

  const basic = (password: string, user = 'jane') =>
    `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  type Headers = Readonly<Record<string, string>>;
  const dav = (method: string, path: string, headers: Headers = {}, body?: string | Buffer) =>
    fetch(`${origin}/dav${path}`, {
      method,
      headers: { authorization: basic(write), ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const codeOf = async (answer: Response) => [
    answer.status,
    ((await answer.json()) as { code: string }).code,
  ];
  const find = async (path: string, depth = '0', body = '', headers: Headers = {}) => {
    const answer = await dav('PROPFIND', path, { depth, ...headers }, body);
    expect(answer.status).toBe(207);
    return answer.text();
  };

  describe('lets in', () => {
    const refused = [401, 'delegation.token-refused'];

    it('nobody without an app password, and asks for one', async () => {
      const answer = await fetch(`${origin}/dav/`, { method: 'PROPFIND' });
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Vitrine", charset="UTF-8"');
      expect(await codeOf(answer)).toEqual(refused);
    });

    it('nobody with an account’s password, a cookie, or a token for something else', async () => {
      const browser = await signedIn(whole.app, whole.publicUrl, 'patient');
      expect((await browser.get('/dav/')).status).toBe(401);
      for (const authorization of [
        basic(PASSWORD, jane.account.email),
        basic(await aToken(whole.app, jane, 'read')),
        basic(await aToken(whole.app, jane, 'deposit')),
        `Bearer ${write}`,
        basic(`${write}x`),
        'Basic !!!',
      ])
        expect(await codeOf(await dav('OPTIONS', '/', { authorization }))).toEqual(refused);
      const web = await fetch(`${origin}/api/dicom-web/studies`, {
        headers: { authorization: `Bearer ${read}` },
      });
      expect(await codeOf(web)).toEqual([403, 'delegation.token-scope']);
    });

    it('nobody whose app password was ended', async () => {
      const tokens = whole.app.get(AccessTokens, { strict: false });
      const draft = { label: 'Old laptop', scope: 'drive-write', expiresInDays: 3650 } as const;
      const { token, secret } = await tokens.create(jane, draft);
      expect((await dav('OPTIONS', '/', { authorization: basic(secret) })).status).toBe(200);
      await tokens.revoke(jane, token.id);
      expect(await codeOf(await dav('OPTIONS', '/', { authorization: basic(secret) }))).toEqual(refused);
    });

    it('no page of another site', async () => {
      const answer = await dav('DELETE', '/Drive/x', { origin: 'https://evil.test' });
      expect(await codeOf(answer)).toEqual([403, 'identity.forged-request']);
    });

    it('who may only look, to look', async () => {
      await dav('PUT', '/Drive/looked-at', {}, 'x');
      const authorization = basic(read);
      expect(await (await dav('GET', '/Drive/looked-at', { authorization })).text()).toBe('x');
      const demands: [string, Headers, string?][] = [
        ['PUT', {}, 'y'],
        ['DELETE', {}],
        ['MKCOL', {}],
        ['MOVE', { destination: '/dav/Drive/y' }],
        ['COPY', { destination: '/dav/Drive/y' }],
        ['PROPPATCH', {}],
        ['LOCK', {}],
        ['UNLOCK', {}],
      ];
      for (const [method, headers, body] of demands) {
        const answer = await dav(method, '/Drive/looked-at', { authorization, ...headers }, body);
        expect([method, ...(await codeOf(answer))]).toEqual([method, 403, 'drive.look-only']);
      }
    });

    it('each patient to their own files only', async () => {
      await dav('PUT', '/Drive/hers', {}, 'x');
      const joe = await aPatient(whole.app, 'Joe Bloggs');
      const authorization = basic(await aToken(whole.app, joe, 'drive-write'));
      expect((await dav('GET', '/Drive/hers', { authorization })).status).toBe(404);
      expect(await find('/Drive/', '1', '', { authorization })).not.toContain('hers');
    });
  });

  it('takes a file as it is, whatever its type says', async () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/xml']) {
      const answer = await dav('PUT', '/Drive/typed', { 'content-type': type }, 'a=1&b=%7B');
      expect([201, 204]).toContain(answer.status);
      const got = await dav('GET', '/Drive/typed');
      expect(await got.text()).toBe('a=1&b=%7B');
      expect(got.headers.get('content-type')).toBe('application/octet-stream');
      expect(got.headers.get('content-security-policy')).toContain('sandbox');
      expect(got.headers.get('content-disposition')).toContain('attachment');
    }
  });

  it('gives parts of a file, and says when it has not changed', async () => {
    const put = await dav('PUT', '/Drive/ranged', {}, '0123456789');
    const etag = put.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    const part = await dav('GET', '/Drive/ranged', { range: 'bytes=2-4', 'if-range': etag });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    expect((await dav('GET', '/Drive/ranged', { range: 'bytes=10-' })).status).toBe(416);
    expect((await dav('GET', '/Drive/ranged', { 'if-none-match': etag })).status).toBe(304);
    const head = await dav('HEAD', '/Drive/ranged');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
    expect((await dav('PUT', '/Drive/ranged', { 'if-none-match': '*' }, 'x')).status).toBe(412);
    expect((await dav('PUT', '/Drive/ranged', { 'content-range': 'bytes 0-0/10' }, 'x')).status).toBe(400);
    expect((await dav('PUT', '/Drive/ranged', { 'if-match': etag }, 'x')).status).toBe(204);
    await dav('PUT', '/Drive/empty', {}, '');
    expect(await (await dav('GET', '/Drive/empty')).text()).toBe('');
  });

  it('keeps nothing of a file whose client goes away', async () => {
    const blobs = () => whole.app.get(DataSource).getRepository(Blob).count();
    const before = await blobs();
    const headers = { authorization: basic(write), 'content-length': '1000000' };
    const client = httpRequest(`${origin}/dav/Drive/half`, { method: 'PUT', headers });
    client.on('error', () => undefined);
    client.write(Buffer.alloc(300_000));
    await once(client, 'socket');
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await dav('GET', '/Drive/half')).status).toBe(404);
    expect(await blobs()).toBe(before);
  });

  it('says at once when there is no room for what is announced', async () => {
    const headers = { authorization: basic(write), 'content-length': String(60 * 1024 ** 3) };
    const client = httpRequest(`${origin}/dav/Drive/huge`, { method: 'PUT', headers });
    client.on('error', () => undefined);
    client.flushHeaders();
    const [answer] = (await once(client, 'response')) as [{ statusCode: number }];
    expect(answer.statusCode).toBe(507);
    client.destroy();
  });

  it.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY x "y">]><propfind xmlns="DAV:"><allprop/></propfind>', 400],
    ['half a document', '<propfind xmlns="DAV:">', 400],
    ['a long one', `<propfind xmlns="DAV:"><!--${'x'.repeat(70_000)}--><allprop/></propfind>`, 413],
    [
      'a deep one',
      `<propfind xmlns="DAV:"><prop>${'<a>'.repeat(100)}${'</a>'.repeat(100)}</prop></propfind>`,
      400,
    ],
  ])('reads no XML that is %s', async (_, body, status) => {
    for (const method of ['PROPFIND', 'PROPPATCH', 'LOCK'])
      expect((await dav(method, '/Drive/', { depth: '0' }, body)).status).toBe(status);
  });

  it.each(['/Drive/a%2Fb', '/Drive/a%5Cb', '/Drive/a%00', '/Drive//a', '/Drive/%ff', '/Drive/a?b'])(
    'takes %s for no name',
    async (path) => expect((await dav('PUT', path, {}, 'x')).status).toBe(400),
  );

  it('copies and moves within itself only', async () => {
    await dav('PUT', '/Drive/here', {}, 'x');
    for (const destination of [
      'http://other.test/dav/Drive/there',
      '/dav/Record/there',
      '/dav/',
      '/api/me',
      '/dav/Drive/',
    ])
      for (const method of ['COPY', 'MOVE'])
        expect([400, 403, 404]).toContain((await dav(method, '/Drive/here', { destination })).status);
    expect(
      (await dav('MOVE', '/Drive/here', { destination: `${whole.publicUrl}/dav/Drive/th%C3%A9re` })).status,
    ).toBe(201);
    expect(await find('/Drive/', '1')).toContain('/dav/Drive/th%C3%A9re<');
  });

  it('changes nothing of the record', async () => {
    const top = await find('/', '1');
    expect([...top.matchAll(/<D:href>([^<]*)/g)].map((match) => match[1])).toEqual([
      '/dav/',
      '/dav/Drive/',
      '/dav/Record/',
    ]);
    expect(await find('/Record/', '1')).toContain('/dav/Record/Scans/');
    for (const path of ['/', '/Record/', '/Record/Documents/new'])
      for (const method of ['PUT', 'DELETE', 'MKCOL', 'MOVE', 'COPY', 'PROPPATCH', 'LOCK'])
        expect(await codeOf(await dav(method, path))).toEqual([403, 'drive.read-only']);
    expect((await dav('PUT', '/elsewhere', {}, 'x')).status).toBe(404);
    expect(await codeOf(await dav('POST', '/Drive/x'))).toEqual([405, 'drive.not-possible']);
  });

  it('does not list everything at once', async () => {
    const answer = await dav('PROPFIND', '/', {});
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>');
  });

  it('says in the words of WebDAV which condition was not kept, and where', async () => {
    const info =
      '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>';
    await dav('MKCOL', '/Drive/kept & locked');
    await dav('PUT', '/Drive/kept & locked/file', {}, 'x');
    const locked = await dav('LOCK', '/Drive/kept & locked', { depth: 'infinity' }, info);
    const token = locked.headers.get('lock-token') ?? '';
    const told = async (answer: Response) => [
      answer.status,
      answer.headers.get('content-type'),
      (/<D:error.*<\/D:error>/.exec(await answer.text()) ?? [''])[0],
    ];
    const type = 'application/xml; charset=utf-8';
    const href = '<D:href>/dav/Drive/kept%20%26%20locked</D:href>';
    const error = (condition: string) => `<D:error xmlns:D="DAV:">${condition}</D:error>`;
    // By the file, what is named is the folder whose lock stands in the way.
    expect(await told(await dav('PUT', '/Drive/kept & locked/file', {}, 'y'))).toEqual([
      423,
      type,
      error(`<D:lock-token-submitted>${href}</D:lock-token-submitted>`),
    ]);
    expect(await told(await dav('LOCK', '/Drive/kept & locked/file', {}, info))).toEqual([
      423,
      type,
      error(`<D:no-conflicting-lock>${href}</D:no-conflicting-lock>`),
    ]);
    const wrong = { 'lock-token': '<urn:uuid:00000000-0000-0000-0000-000000000000>' };
    expect(await told(await dav('UNLOCK', '/Drive/kept & locked', wrong))).toEqual([
      409,
      type,
      error('<D:lock-token-matches-request-uri/>'),
    ]);
    expect((await dav('UNLOCK', '/Drive/kept & locked', { 'lock-token': token })).status).toBe(204);
    const change =
      '<propertyupdate xmlns="DAV:"><set><prop><getetag>mine</getetag></prop></set></propertyupdate>';
    expect(await (await dav('PROPPATCH', '/Drive/kept & locked/file', {}, change)).text()).toContain(
      '403 Forbidden</D:status><D:error><D:cannot-modify-protected-property/></D:error></D:propstat>',
    );
  });

  it('tells the room that there is to who asks', async () => {
    const asked =
      '<propfind xmlns="DAV:"><prop><quota-available-bytes/><quota-used-bytes/></prop></propfind>';
    const told = await find('/Drive/', '0', asked);
    expect(told).toMatch(/<D:quota-available-bytes>\d{9,}<\/D:quota-available-bytes>/);
    expect(await find('/Drive/')).not.toContain('quota');
  });

  it('lets nobody say what only it knows, and then changes nothing', async () => {
    await dav('PUT', '/Drive/known', {}, 'x');
    const patch = (inside: string) =>
      dav(
        'PROPPATCH',
        '/Drive/known',
        {},
        `<propertyupdate xmlns="DAV:"><set><prop>${inside}</prop></set></propertyupdate>`,
      );
    const refused = await (await patch('<getetag>"x"</getetag><c xmlns="n">blue</c>')).text();
    expect(refused).toMatch(/403 Forbidden.*424 Failed Dependency/s);
    expect(await find('/Drive/known')).not.toContain('blue');
    expect(await (await patch('<c xmlns="n">blue</c>')).text()).toContain('200 OK');
    expect(await find('/Drive/known')).toContain('<p:c xmlns:p="n">blue</p:c>');
  });

  it('notes in the record of acts that it was read and changed, once in a while', async () => {
    await dav('PUT', '/Drive/noted', {}, 'x');
    await dav('GET', '/Drive/noted');
    await dav('GET', '/Drive/noted');
    const lines = await whole.app
      .get(DataSource)
      .getRepository(AuditEvent)
      .findBy({ patientId: jane.patient.id });
    for (const action of ['drive.read', 'drive.changed'])
      expect(
        lines.filter((line) => line.action === action && line.details['program'] === 'To drive-write'),
      ).toHaveLength(1);
  });

  it('slows down who guesses', async () => {
    const guesses: number[] = [];
    for (let guess = 0; guess < 40; guess++)
      guesses.push((await dav('OPTIONS', '/', { authorization: basic('a'.repeat(43)) })).status);
    expect(guesses.at(0)).toBe(401);
    expect(guesses.at(-1)).toBe(429);
  });
});
