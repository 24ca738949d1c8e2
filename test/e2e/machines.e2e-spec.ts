import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { registerTestDisk } from '@vitrine/hypervisor/testing';
import { GuacamoleClient } from '@vitrine/sessions/testing';
import { PNG } from 'pngjs';
import { ApiClient } from '../support/api-client.js';
import { Stack } from '../support/stack.js';

interface AdmittedViewer {
  readonly id: string;
  readonly state: string;
  readonly isolation: string;
  readonly imageDigest: string;
  readonly hasIcon: boolean;
  readonly admission: { readonly checks: readonly { name: string; state: string; detail: string }[] };
}

/** A system without any help starts, reads the CD and paints; on busy processors that takes its time. */
const SHOWN_MS = 150_000;
const COLOUR = [200, 40, 30] as const;

describe('a disk that starts by itself, as an operator registers it', () => {
  let machines: string;
  let digest: string;
  let stack: Stack;
  let admin: ApiClient;
  let patient: ApiClient;

  beforeAll(async () => {
    machines = mkdtempSync('/var/tmp/vitrine-machines-');
    digest = await registerTestDisk(machines);
    stack = await Stack.start({ VITRINE_MACHINES: machines });
    admin = new ApiClient(stack);
    const first = stack.people.find(({ role }) => role === 'admin');
    const current = first?.oneTimePassword;
    await admin.call('POST', '/api/sign-in', { email: first?.email, password: current });
    await admin.call('POST', '/api/me/password', { current, next: 'three quiet herons' });
    patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
  }, 480_000);
  afterAll(async () => {
    await stack.close();
    rmSync(machines, { recursive: true });
  });

  it('is tested alone when an admin enters it, and offered after it has shown the sample', async () => {
    const { id } = await admin.call<AdmittedViewer>('POST', '/api/admin/viewers', {
      reference: 'vm/picture-disk',
    });
    const viewer = await until(
      () => admin.call<AdmittedViewer>('GET', `/api/admin/viewers/${id}`),
      ({ state }) => state !== 'testing',
    );
    process.stdout.write(
      `${viewer.admission.checks.map(({ name, detail }) => `${name}: ${detail}`).join('\n')}\n`,
    );
    expect(viewer.admission.checks.filter(({ state }) => state !== 'passed')).toEqual([]);
    expect(viewer).toMatchObject({ state: 'offered', isolation: 'vm', imageDigest: digest, hasIcon: true });
  });

  it('shows the patient’s own picture, which it has read from the CD', async () => {
    const png = new PNG({ width: 64, height: 64 });
    for (let at = 0; at < png.data.length; at += 4) png.data.set([...COLOUR, 255], at);
    const { items } = await patient.addFiles([{ name: 'scar.png', bytes: PNG.sync.write(png) }]);
    const session = await patient.openSession(
      items.map(({ id }) => id),
      'picture-disk',
    );
    const { ticket } = await patient.call<{ ticket: string }>('POST', `/api/sessions/${session.id}/tickets`);
    const client = await GuacamoleClient.connect({
      gateway: stack.origin,
      ticket,
      origin: stack.origin,
      cookie: patient.cookieHeader,
    });
    try {
      await client.firstFrame();
      const seen = await until(
        () => Promise.resolve(client.screen.pixel(1000, 600)),
        (pixel) => pixel.slice(0, 3).join() === COLOUR.join(),
      );
      expect(seen).toEqual([...COLOUR, 255]);
    } finally {
      await client.close();
      await patient.call('POST', `/api/sessions/${session.id}/stop`);
    }
  });

  async function until<T>(look: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> {
    for (const end = Date.now() + SHOWN_MS; ;) {
      const seen = await look();
      if (wanted(seen)) return seen;
      if (Date.now() > end) throw new Error(`too late: ${JSON.stringify(seen)}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
});
