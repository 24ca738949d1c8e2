import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { AuditEvent } from '@vitrine/audit';
import { Patient } from '@vitrine/identity';
import { Session } from '@vitrine/sessions';
import { addImaging, aViewer } from '@vitrine/sessions/testing';
import { VaultService } from '@vitrine/vault';
import { Viewer } from '@vitrine/viewers';
import { aBrowser, signedIn } from '../../testing/people.js';
import type { Browser } from '../../testing/small-app.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

interface SessionBody {
  id: string;
  state: string;
  control: string;
  mine: boolean;
  title: string;
  watermark?: string;
}

describe('viewers of a patient and of those who come by a link', () => {
  let whole: WholeApp;
  let database: DataSource;
  let jane: Browser;
  let admin: Browser;
  let itemId: string;

  beforeAll(async () => {
    whole = await wholeApp();
    database = whole.app.get(DataSource);
    jane = await signedIn(whole.app, whole.publicUrl, 'patient', { name: 'Jane Doe' });
    admin = await signedIn(whole.app, whole.publicUrl, 'admin');
    const viewer = aViewer();
    await database.manager.save(viewer);
    whole.driver.engine.images.set(viewer.imageReference, {
      digest: viewer.imageDigest,
      bytes: 1,
      createdAt: new Date(0),
      labels: {},
    });
    const { id } = await database.manager.findOneByOrFail(Patient, { name: 'Jane Doe' });
    const { item, files } = await addImaging(database, id, 1);
    for (const file of files) {
      const stored = await whole.app
        .get(VaultService, { strict: false })
        .put(id, Readable.from([Buffer.alloc(1000)]));
      await database.manager.save(Object.assign(file, { blobId: stored.blobId }));
    }
    itemId = item.id;
  });
  afterAll(async () => {
    whole.driver.engine.close();
    await whole.close();
  });

  const untilReady = async (browser: Browser, path: string): Promise<SessionBody> => {
    for (let look = 0; look < 200; look++) {
      const { body } = (await browser.get(path).expect(200)) as {
        body: SessionBody & { session?: SessionBody };
      };
      const session = body.session ?? body;
      if (session.state === 'ready') return session;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('It never got ready.');
  };
  const makeLink = async (change: object = {}) => {
    const { body } = (await jane
      .post('/api/links')
      .send({ itemIds: [itemId], label: 'Dr Weber', control: 'view', maximumUses: 5, ...change })
      .expect(201)) as { body: { link: { id: string }; url: string } };
    return { id: body.link.id, secret: body.url.split('#')[1] ?? '' };
  };
  const visitor = async (secret: string, name = 'Dr Weber') => {
    const browser = aBrowser(whole.app, whole.publicUrl);
    await browser.post('/api/visit/redeem').send({ secret, name }).expect(200);
    return browser;
  };

  it('starts, shows, lets in to and stops a patient’s own viewer', async () => {
    const { body } = (await jane
      .post('/api/sessions')
      .send({ itemIds: [itemId] })
      .expect(201)) as { body: SessionBody };
    expect(body).toMatchObject({ control: 'control', mine: true, title: 'CT of the head' });
    await untilReady(jane, `/api/sessions/${body.id}`);
    await jane.post(`/api/sessions/${body.id}/tickets`).expect(201, /"path":"\/display"/);
    await jane.post(`/api/sessions/${body.id}/stop`).expect(204);
    await jane.post(`/api/sessions/${body.id}/tickets`).expect(410, /sessions.ended/);
    await jane.get('/api/sessions').expect(200, []);
  });

  it('answers the same for another patient’s viewer as for none', async () => {
    const { body } = (await jane
      .post('/api/sessions')
      .send({ itemIds: [itemId] })
      .expect(201)) as { body: SessionBody };
    const other = await signedIn(whole.app, whole.publicUrl, 'patient');
    for (const id of [body.id, 'f'.repeat(32), '../admin']) {
      const path = `/api/sessions/${encodeURIComponent(id)}`;
      await other.get(path).expect(404, /delegation.not-visible/);
      await other.post(`${path}/stop`).expect(404, /delegation.not-visible/);
      await other.post(`${path}/tickets`).expect(404, /delegation.not-visible/);
      await other.get(`${path}/events`).expect(404, /delegation.not-visible/);
    }
    await other
      .post('/api/sessions')
      .send({ itemIds: [itemId] })
      .expect(404, /delegation.not-visible/);
    await other.get(`/api/viewers?items=${itemId}`).expect(404);
    await jane.post(`/api/sessions/${body.id}/stop`).expect(204);
  });

  it('starts a viewer for a visitor when none runs, and one for all who come by the link', async () => {
    const { secret } = await makeLink();
    const anybody = aBrowser(whole.app, whole.publicUrl);
    await anybody
      .post('/api/visit/preview')
      .send({ secret })
      .expect(200, /"patientName":"Jane Doe"/);
    await anybody.get('/api/visit').expect(401);

    const [one, two] = [await visitor(secret), await visitor(secret, 'Nurse')];
    const opened = await Promise.all([
      one.post('/api/visit/open').expect(200),
      two.post('/api/visit/open').expect(200),
    ]);
    const [first, second] = opened.map(({ body }) => body as SessionBody);
    expect(first).toMatchObject({ control: 'view', mine: false });
    expect(second?.id).toBe(first?.id);
    await untilReady(one, '/api/visit');
    await one.post('/api/visit/tickets').expect(201);

    const [line] = await database.getRepository(AuditEvent).find({
      where: { action: 'session.started' },
      order: { sequence: 'DESC' },
    });
    // Whichever of the two came first.
    expect(line?.agent).toMatchObject({ kind: 'visitor', name: expect.stringMatching(/Dr Weber|Nurse/) });

    await one.post(`/api/sessions/${first?.id ?? ''}/stop`).expect(401);
    await jane.post(`/api/sessions/${first?.id ?? ''}/stop`).expect(204);
    await one.post('/api/visit/tickets').expect(410, /sessions.ended/);
  });

  it('lets a visitor join the running viewer that the link was made from, and no other', async () => {
    const start = async () =>
      (
        await jane
          .post('/api/sessions')
          .send({ itemIds: [itemId] })
          .expect(201)
      ).body as SessionBody;
    const [shared, secretOne] = [await start(), await start()];
    const { secret } = await makeLink({ sessionId: shared.id });
    const guest = await visitor(secret);
    expect((await untilReady(guest, '/api/visit')).id).toBe(shared.id);
    expect(((await guest.post('/api/visit/open').expect(200)).body as SessionBody).id).toBe(shared.id);
    for (const { id } of [shared, secretOne]) await jane.post(`/api/sessions/${id}/stop`).expect(204);
  });

  it('has each visitor’s own name over the picture, and not the patient’s', async () => {
    const { body } = (await jane
      .post('/api/sessions')
      .send({ itemIds: [itemId] })
      .expect(201)) as { body: SessionBody };
    expect(body.watermark).toBeUndefined();
    const open = async (browser: Browser) =>
      ((await browser.post('/api/visit/open').expect(200)).body as SessionBody).watermark;
    const named = await makeLink({ sessionId: body.id });
    expect(await open(await visitor(named.secret))).toMatch(/^.Dr Weber. · \d{4}-\d\d-\d\d$/);
    expect(await open(await visitor(named.secret, 'Nurse'))).toMatch(/^.Nurse. \(.Dr Weber.\) · /);
    const unnamed = await makeLink({ sessionId: body.id, watermark: false });
    expect(await open(await visitor(unnamed.secret))).toBeUndefined();
    await jane.post(`/api/sessions/${body.id}/stop`).expect(204);
  });

  it('tells a visitor before the door whether a name will be shown', async () => {
    for (const watermark of [true, false]) {
      const { secret } = await makeLink({ watermark });
      const preview = await aBrowser(whole.app, whole.publicUrl).post('/api/visit/preview').send({ secret });
      expect(preview.body).toMatchObject({ watermark });
    }
  });

  it('ends the visit with the link', async () => {
    const { id, secret } = await makeLink();
    const guest = await visitor(secret);
    await jane.post(`/api/links/${id}/revoke`).expect(200);
    await guest.get('/api/visit').expect(401);
    await guest.post('/api/visit/open').expect(401);
    await aBrowser(whole.app, whole.publicUrl)
      .post('/api/visit/redeem')
      .send({ secret, name: 'Late' })
      .expect(410, /delegation.link-revoked/);
  });

  it('shows an admin that something runs, and nothing of what it is', async () => {
    const { body } = (await jane
      .post('/api/sessions')
      .send({ itemIds: [itemId] })
      .expect(201)) as { body: SessionBody };
    const listed = await admin.get('/api/admin/sessions').expect(200);
    expect(listed.body).toMatchObject([{ id: body.id, viewerTitle: 'Plain viewer', participants: 0 }]);
    expect(listed.text).not.toMatch(/Jane|CT of the head/);
    expect(listed.text).not.toContain(itemId);
    await admin.get(`/api/sessions/${body.id}`).expect(403);
    await admin.post(`/api/sessions/${body.id}/tickets`).expect(403);
    await admin.post(`/api/admin/sessions/${body.id}/end`).expect(204);
    const over = await jane.get(`/api/sessions/${body.id}`).expect(200);
    expect(over.body).toMatchObject({ state: 'ended', endReason: 'ended-by-admin' });
  });

  it('registers an image only by a name that the engine knows', async () => {
    await admin
      .post('/api/admin/viewers')
      .send({ reference: 'none/such:1' })
      .expect(503, /hypervisor.image-missing/);
    await admin.post('/api/admin/viewers').send({ reference: 'a b; rm -rf' }).expect(400);
    await jane.post('/api/admin/viewers').send({ reference: 'none/such:1' }).expect(403);
  });

  it('lets what is saved come out of a viewer that a visitor started only where the visitor may steer', async () => {
    await database.manager.update(Viewer, { state: 'offered' }, { results: 'on' });
    for (const control of ['view', 'control']) {
      const browser = await visitor((await makeLink({ control })).secret);
      const { body } = (await browser.post('/api/visit/open').expect(200)) as { body: SessionBody };
      const { plan } = await database.manager.findOneByOrFail(Session, { id: body.id });
      expect(plan.results).toBe(control === 'control');
      await jane.post(`/api/sessions/${body.id}/stop`).expect(204);
    }
  });
});
