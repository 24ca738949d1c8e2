import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { signedIn } from '../../testing/people.js';
import type { Browser } from '../../testing/small-app.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

// Passwords are hashed at full cost, on machines that may be busy.
jest.setTimeout(60_000);

describe('the PACS of a provider', () => {
  let whole: WholeApp;
  let weber: Browser;
  let other: Browser;
  beforeAll(async () => {
    whole = await wholeApp();
    weber = await signedIn(whole.app, whole.publicUrl, 'provider');
    other = await signedIn(whole.app, whole.publicUrl, 'provider');
  }, 60_000);
  afterAll(() => whole.close());

  const register = (browser: Browser, body: object) =>
    browser.post('/api/dicom-nodes').send({ name: 'PACS', callingAeTitle: 'CITYPACS', ...body });

  it('is registered once, gets an inbox of its own and can be removed', async () => {
    const answer = await register(weber, { addresses: ['192.0.2.0/24', '2001:db8::1'] }).expect(201);
    const made = answer.body as { id: string; inboxAeTitle: string };
    expect(made.inboxAeTitle).toMatch(/^VITRINE-[0-9A-Z]{8}$/);
    await register(other, {}).expect(409);
    const list = await weber.get('/api/dicom-nodes').expect(200);
    expect(list.body).toMatchObject({ listener: null, nodes: [{ id: made.id, callingAeTitle: 'CITYPACS' }] });
    expect((await other.get('/api/dicom-nodes').expect(200)).body).toMatchObject({ nodes: [] });
    await other.delete(`/api/dicom-nodes/${made.id}`).expect(404);
    await weber.delete(`/api/dicom-nodes/${made.id}`).expect(204);
    await weber.delete(`/api/dicom-nodes/${made.id}`).expect(404);
    await register(other, {}).expect(201);
  });

  it.each([
    { callingAeTitle: 'LONGER THAN SIXTEEN' },
    { callingAeTitle: 'BACK\\SLASH' },
    { callingAeTitle: '' },
    { callingAeTitle: 'ÜBER' },
    { addresses: ['anywhere'] },
    { addresses: ['192.0.2.0/33'] },
    { addresses: 'x' },
  ])('is not registered with %j', async (body) => {
    await register(weber, { callingAeTitle: 'FINE', ...body }).expect(400);
  });

  it('has an empty inbox until something arrives', async () => {
    expect((await weber.get('/api/inbox').expect(200)).body).toEqual([]);
    const unknown = `/api/inbox/${'0'.repeat(32)}`;
    await weber.post(`${unknown}/deliver`).send({ code: '7K3M-Q9TX-V2AB' }).expect(404);
    await weber.delete(unknown).expect(404);
  });
});
