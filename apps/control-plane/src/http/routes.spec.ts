import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { Patient, ROLES, type Role } from '@vitrine/identity';
import { newId } from '@vitrine/kernel';
import { addImaging, aViewer } from '@vitrine/sessions/testing';
import { aBrowser, signedIn } from '../../testing/people.js';
import type { AuditPageDto } from '../audit/audit.dto.js';
import { routesOf, type Route } from '../../testing/route-table.js';
import type { Browser } from '../../testing/small-app.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

// Each of some tests calls every route, with accounts whose passwords are hashed at full cost.
jest.setTimeout(60_000);

const INSTANCE = 'studies/:study/series/:series/instances/:instance';

/** Who may use what. A route that is added gets its line here, so that its authority is read by somebody. */
const AUTHORITY = {
  public: [
    'get /api/health',
    'post /api/sign-up',
    'post /api/sign-in',
    'post /api/sign-out',
    'post /api/visit/preview',
    'post /api/visit/redeem',
  ],
  visitor: ['get /api/visit', 'post /api/visit/open', 'get /api/visit/events', 'post /api/visit/tickets'],
  'any, also with a one-time password': ['get /api/me', 'post /api/me/password'],
  any: ['patch /api/me', 'get /api/me/sign-ins', 'delete /api/me/sign-ins/:id', 'get /api/viewers/:id/icon'],
  admin: [
    'get /api/admin/accounts',
    'post /api/admin/accounts',
    'get /api/admin/sessions',
    'post /api/admin/sessions/:id/end',
    'get /api/admin/viewers',
    'post /api/admin/viewers',
    'get /api/admin/viewers/:id',
    'get /api/admin/viewers/isolations',
    'post /api/admin/viewers/:id/isolation',
    'post /api/admin/viewers/:id/results',
    'post /api/admin/viewers/:id/egress',
    'post /api/admin/viewers/:id/enable',
    'post /api/admin/viewers/:id/disable',
    'post /api/admin/viewers/:id/test',
    'post /api/admin/viewers/:id/approve',
    'get /api/admin/viewers/:id/sbom',
  ],
  'admin, vendor': [
    'get /api/studio/bases',
    'get /api/studio/submitted',
    'post /api/studio/builds',
    'get /api/studio/builds',
    'get /api/studio/builds/:id',
    'get /api/studio/builds/:id/events',
    'post /api/studio/builds/:id/tickets',
    'post /api/studio/builds/:id/submit',
    'post /api/studio/builds/:id/discard',
  ],
  patient: [
    'get /api/audit',
    'get /api/record',
    'get /api/record/export',
    'post /api/record/export-locks',
    'get /api/record/integrity',
    'get /api/record/losses',
    'post /api/record/losses/:id/read',
    'get /api/record/:id',
    'get /api/record/:id/thumbnail',
    'get /api/record/:id/download',
    'post /api/record/:id/accept',
    'post /api/record/:id/reject',
    'delete /api/record/:id',
    'get /api/viewers',
    'post /api/sessions',
    'get /api/sessions',
    'get /api/sessions/:id',
    'get /api/sessions/:id/events',
    'post /api/sessions/:id/stop',
    'post /api/sessions/:id/tickets',
    'delete /api/sessions/:id/participants/:participationId',
    'post /api/reservations',
    'get /api/reservations',
    'post /api/reservations/:id/cancel',
    'post /api/links',
    'get /api/links',
    'post /api/links/:id/revoke',
    'post /api/deposit-codes',
    'get /api/deposit-codes',
    'post /api/deposit-codes/:id/revoke',
    'post /api/access-tokens',
    'get /api/access-tokens',
    'post /api/access-tokens/:id/revoke',
    'post /api/reading-addresses',
    'get /api/reading-addresses',
    'post /api/reading-addresses/:id/revoke',
  ],
  provider: [
    'post /api/deposits/check',
    'post /api/deposits/token',
    'get /api/dicom-nodes',
    'post /api/dicom-nodes',
    'delete /api/dicom-nodes/:id',
    'get /api/ftps-account',
    'post /api/ftps-account',
    'delete /api/ftps-account',
    'get /api/inbox',
    'post /api/inbox/:id/deliver',
    'delete /api/inbox/:id',
  ],
  'a program that may deposit': ['post /api/dicom-web/studies', 'post /api/dicom-web/studies/:study'],
  'a program that may read': [
    'studies',
    'series',
    'instances',
    'studies/:study/series',
    'studies/:study/instances',
    'studies/:study/series/:series/instances',
    ...['studies/:study', 'studies/:study/series/:series', INSTANCE].flatMap((path) => [
      path,
      `${path}/metadata`,
      `${path}/thumbnail`,
    ]),
    ...[
      'frames/:frames',
      'bulkdata/:bulk',
      'rendered',
      'frames/:frame/rendered',
      'frames/:frame/thumbnail',
    ].map((path) => `${INSTANCE}/${path}`),
  ].map((path) => `get /api/dicom-web/${path}`),
  drive: ['get', 'post', 'patch', 'put', 'delete'].flatMap((method) => [
    `${method} /dav`,
    `${method} /dav/*path`,
  ]),
  'patient, provider': [
    'post /api/me/delete',
    'post /api/imports',
    'get /api/imports',
    'get /api/imports/:id',
    'post /api/imports/:id/finish',
    'get /api/imports/:id/events',
    ...['get', 'post', 'patch', 'put', 'delete'].flatMap((method) => [
      `${method} /api/uploads`,
      `${method} /api/uploads/:id`,
    ]),
  ],
};

const authorityOf = ({ access }: Route): string => {
  if (access?.kind === 'program') return `a program that may ${access.scope}`;
  if (access?.kind !== 'account') return access?.kind ?? 'nobody';
  const roles = access.roles === 'any' ? 'any' : access.roles.join(', ');
  return access.oneTimePassword ? `${roles}, also with a one-time password` : roles;
};
const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const isSafe = ({ method }: Route): boolean => method === 'get';

describe('every route of the control plane', () => {
  let whole: WholeApp;
  let routes: Route[];

  beforeAll(async () => {
    whole = await wholeApp();
    routes = routesOf(whole.app);
  }, 60_000);
  afterAll(() => whole.close());

  const call = (browser: Browser, route: Route, id = newId()) =>
    browser[route.method](route.path.replace(/:\w+/g, id));
  const as = (role: Role, options = {}) => signedIn(whole.app, whole.publicUrl, role, options);
  /** Calls each route and returns what they answered, by route. */
  const answers = async (called: readonly Route[], browser: Browser) => {
    const codes: Record<string, unknown> = {};
    for (const route of called)
      codes[nameOf(route)] = ((await call(browser, route)).body as { code?: string }).code;
    return codes;
  };
  const all = (called: readonly Route[], code: string) =>
    Object.fromEntries(called.map((route) => [nameOf(route), code]));

  it('says who may use it, and it is who we meant', () => {
    const declared: Record<string, string[]> = {};
    for (const route of routes) (declared[authorityOf(route)] ??= []).push(nameOf(route));
    const sorted = (table: Record<string, readonly string[]>) =>
      Object.fromEntries(Object.entries(table).map(([who, names]) => [who, [...names].sort()]));
    expect(sorted(declared)).toEqual(sorted(AUTHORITY));
  });

  it('refuses a stranger unless it is public', async () => {
    const stranger = aBrowser(whole.app, whole.publicUrl);
    const forAccounts = routes.filter(({ access }) => access?.kind === 'account');
    const forPrograms = routes.filter(({ access }) => access?.kind === 'program');
    expect(await answers(forPrograms, stranger)).toEqual(all(forPrograms, 'delegation.token-refused'));
    const drive = routes.filter(({ access }) => access?.kind === 'drive');
    expect(await answers(drive, stranger)).toEqual(all(drive, 'delegation.token-refused'));
    const forVisitors = routes.filter(({ access }) => access?.kind === 'visitor');
    expect(await answers(forAccounts, stranger)).toEqual(all(forAccounts, 'identity.not-signed-in'));
    expect(await answers(forVisitors, stranger)).toEqual(all(forVisitors, 'delegation.visit-over'));
  });

  it.each(ROLES)('refuses the role %s where it is not named', async (role) => {
    const browser = await as(role);
    const foreign = routes.filter(
      ({ access }) => access?.kind === 'account' && access.roles !== 'any' && !access.roles.includes(role),
    );
    expect(await answers(foreign, browser)).toEqual(all(foreign, 'identity.not-allowed'));
    const visits = routes.filter(({ access }) => access?.kind === 'visitor');
    expect(await answers(visits, browser)).toEqual(all(visits, 'delegation.visit-over'));
    const programs = routes.filter(({ access }) => access?.kind === 'program' || access?.kind === 'drive');
    expect(await answers(programs, browser)).toEqual(all(programs, 'delegation.token-refused'));
  });

  it('refuses a one-time password unless it lets replace it', async () => {
    const patient = await as('patient', { fresh: true });
    const closed = routes.filter(
      ({ access }) =>
        access?.kind === 'account' &&
        !access.oneTimePassword &&
        (access.roles === 'any' || access.roles.includes('patient')),
    );
    expect(await answers(closed, patient)).toEqual(all(closed, 'identity.password-must-change'));
  });

  it('refuses a change that another site asks for, also without a sign-in', async () => {
    const other = request.agent(whole.app.getHttpServer()).set('Origin', 'https://evil.test');
    const changes = routes.filter((route) => !isSafe(route));
    expect(await answers(changes, other)).toEqual(all(changes, 'identity.forged-request'));
  });

  it('refuses a change without the header of the portal, but for uploads and programs', async () => {
    const form = request.agent(whole.app.getHttpServer());
    const other = ({ path }: Route) => !/^\/(api\/(uploads|dicom-web)|dav)/.test(path);
    const changes = routes.filter((route) => !isSafe(route) && other(route));
    expect(await answers(changes, form)).toEqual(all(changes, 'identity.forged-request'));
  });

  describe('with something of another patient', () => {
    let jane: Browser;
    let joe: Browser;
    const ids: Record<string, string> = {};

    beforeAll(async () => {
      const database = whole.app.get(DataSource);
      jane = await as('patient', { name: 'Jane Doe' });
      joe = await as('patient', { name: 'Joe Bloggs' });
      const { id: patientId } = await database.getRepository(Patient).findOneByOrFail({ name: 'Jane Doe' });
      await database.manager.save(aViewer());
      const { item } = await addImaging(database, patientId);
      const made = async (path: string, body: object) => {
        const answer = await jane.post(path).send(body).expect(201);
        return answer.body as {
          id: string;
          link?: { id: string };
          code?: { id: string };
          token?: { id: string };
        };
      };
      ids['record'] = item.id;
      ids['links'] = (await made('/api/links', { itemIds: [item.id], label: 'x', control: 'view' })).link!.id;
      ids['deposit-codes'] = (await made('/api/deposit-codes', { label: 'x' })).code!.id;
      ids['access-tokens'] = (await made('/api/access-tokens', { label: 'x', scope: 'read' })).token!.id;
      ids['imports'] = (await made('/api/imports', {})).id;
      const beginsAt = new Date(Date.now() + 2 * 60 * 60_000).toISOString();
      const place = { itemIds: [item.id], beginsAt, minutes: 60 };
      ids['reservations'] = (await made('/api/reservations', place)).id;
      ids['sessions'] = (await made('/api/sessions', { itemIds: [item.id] })).id;
    }, 60_000);

    it('answers as if it were not there', async () => {
      const told: Record<string, unknown> = {};
      const concerned = routes.filter(
        ({ path }) => ids[path.split('/')[2]!] !== undefined && path.includes(':'),
      );
      for (const route of concerned) {
        const theirs = await call(joe, route, ids[route.path.split('/')[2]!]);
        const nothing = await call(joe, route);
        const plain = ({ body }: { body: unknown }) => ({ ...(body as { code?: string }), instance: '' });
        told[nameOf(route)] = [theirs.status, plain(theirs).code];
        expect(plain(nothing)).toEqual(plain(theirs));
      }
      expect(concerned.length).toBeGreaterThan(10);
      expect(told).toEqual(
        Object.fromEntries(concerned.map((route) => [nameOf(route), [404, 'delegation.not-visible']])),
      );
    });

    describe('that waits for her yes', () => {
      let depositId: string;
      beforeAll(async () => {
        const database = whole.app.get(DataSource);
        const { id } = await database.getRepository(Patient).findOneByOrFail({ name: 'Jane Doe' });
        depositId = (await addImaging(database, id, 2, 'pending')).item.id;
      });
      const notThere = { code: 'delegation.not-visible' };

      it('is for nobody but her', async () => {
        for (const browser of [joe, await as('provider'), await as('caregiver'), await as('admin')]) {
          await browser
            .post('/api/sessions')
            .send({ itemIds: [depositId] })
            .expect(/delegation.not-visible|identity.not-allowed/);
          await browser
            .get(`/api/viewers?items=${depositId}`)
            .expect(/delegation.not-visible|identity.not-allowed/);
        }
      });

      it('is looked at by her, and neither shared, downloaded nor mixed with her record', async () => {
        const offered = await jane.get(`/api/viewers?items=${depositId}`).expect(200);
        expect((offered.body as { viewers: unknown[] }).viewers).toHaveLength(1);
        const started = await jane
          .post('/api/sessions')
          .send({ itemIds: [depositId] })
          .expect(201);
        const { id: sessionId, shareable } = started.body as { id: string; shareable: boolean };
        expect(shareable).toBe(false);
        const link = { itemIds: [depositId], label: 'x', control: 'view' };
        for (const [path, sent] of [
          ['/api/links', link],
          ['/api/links', { ...link, sessionId }],
          ['/api/links', { ...link, itemIds: [ids['record'], depositId] }],
          ['/api/sessions', { itemIds: [ids['record'], depositId] }],
        ] as const)
          expect((await jane.post(path).send(sent).expect(404)).body).toMatchObject(notThere);
        expect((await jane.get(`/api/record/${depositId}/download`).expect(404)).body).toMatchObject(
          notThere,
        );
        const { events } = (await jane.get('/api/audit?limit=20').expect(200)).body as AuditPageDto;
        const entities = expect.arrayContaining([expect.objectContaining({ id: depositId })]) as unknown;
        expect(events).toContainEqual(
          expect.objectContaining({
            action: 'session.started',
            entities,
            details: expect.objectContaining({ deposit: true }) as unknown,
          }),
        );
      });
    });

    it('makes no link and no session over it', async () => {
      const body = { itemIds: [ids['record']], label: 'mine', control: 'view' };
      for (const [path, sent] of [
        ['/api/links', body],
        ['/api/links', { ...body, sessionId: ids['sessions'] }],
        ['/api/sessions', { itemIds: [ids['record']] }],
      ] as const) {
        const answer = await joe.post(path).send(sent).expect(404);
        expect(answer.body).toMatchObject({ code: 'delegation.not-visible' });
      }
    });
  });
});
