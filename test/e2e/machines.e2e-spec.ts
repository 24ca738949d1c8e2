import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildDocumentsMachine, registerTestDisk } from '@vitrine/hypervisor/testing';
import { syntheticReportPdf } from '@vitrine/samples';
import { GuacamoleClient } from '@vitrine/sessions/testing';
import { PNG } from 'pngjs';
import { ApiClient, type SampleFile } from '../support/api-client.js';
import { findOnScreen, greyFromPnm, greyFromRgba, upperPart, type Grey } from '../support/image-match.js';
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
/** How much of a page must be found again on the screen. */
const THE_SAME_PAGE = 0.75;

describe('machines that an operator registers', () => {
  let machines: string;
  let digests: { readonly disk: string; readonly documents: string };
  let stack: Stack;
  let admin: ApiClient;
  let patient: ApiClient;

  beforeAll(async () => {
    machines = mkdtempSync('/var/tmp/vitrine-machines-');
    digests = {
      disk: await registerTestDisk(machines),
      documents: await buildDocumentsMachine(machines),
    };
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

  describe('a disk that starts by itself', () => {
    it('is tested alone when an admin enters it, and offered after it has shown the sample', async () => {
      await entered('vm/picture-disk', digests.disk);
    });

    it('shows the patient’s own picture, which it has read from the CD', async () => {
      const png = new PNG({ width: 64, height: 64 });
      for (let at = 0; at < png.data.length; at += 4) png.data.set([...COLOUR, 255], at);
      const scar = { name: 'scar.png', bytes: PNG.sync.write(png) };
      await opened(scar, 'picture-disk', async ({ screen }) => {
        const seen = await until(
          () => Promise.resolve(screen.pixel(1000, 600)),
          (pixel) => pixel.slice(0, 3).join() === COLOUR.join(),
        );
        expect(seen).toEqual([...COLOUR, 255]);
      });
    });
  });

  describe('the document reader that comes with Vitrine, a Linux of its own', () => {
    it('is tested alone when an admin enters it, and offered after it has shown the sample', async () => {
      await entered('vm/documents', digests.documents);
    });

    it('shows the patient’s own report, as another program renders it', async () => {
      const report = syntheticReportPdf();
      const page = rendered(report.bytes);
      await opened(report, 'documents-vm', async ({ screen }) => {
        const match = await until(
          () =>
            Promise.resolve(
              findOnScreen(greyFromRgba(screen.pixels(), screen.width, screen.height), page).score,
            ),
          (score) => score > THE_SAME_PAGE,
        );
        process.stdout.write(`the report is on the machine’s screen, correlation ${match.toFixed(3)}\n`);
      });
    });
  });

  /** An admin enters the machine, and it passes its test. */
  async function entered(reference: string, imageDigest: string): Promise<void> {
    const { id } = await admin.call<AdmittedViewer>('POST', '/api/admin/viewers', { reference });
    const viewer = await until(
      () => admin.call<AdmittedViewer>('GET', `/api/admin/viewers/${id}`),
      ({ state }) => state !== 'testing',
    );
    process.stdout.write(
      `${viewer.admission.checks.map(({ name, detail }) => `${name}: ${detail}`).join('\n')}\n`,
    );
    expect(viewer.admission.checks.filter(({ state }) => state !== 'passed')).toEqual([]);
    expect(viewer).toMatchObject({ state: 'offered', isolation: 'vm', imageDigest, hasIcon: true });
  }

  /** The patient adds the file, and looks at it with this viewer while `look` runs. */
  async function opened(
    file: SampleFile,
    viewerId: string,
    look: (client: GuacamoleClient) => Promise<void>,
  ): Promise<void> {
    const { items } = await patient.addFiles([file]);
    const session = await patient.openSession(
      items.map(({ id }) => id),
      viewerId,
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
      await look(client);
    } finally {
      await client.close();
      await patient.call('POST', `/api/sessions/${session.id}/stop`);
    }
  }

  /** The upper part of its first page, which is what a reader that fits the width shows. */
  function rendered(pdf: Uint8Array): Grey {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-report-'));
    try {
      const file = join(folder, 'report');
      writeFileSync(`${file}.pdf`, pdf);
      execFileSync('pdftoppm', ['-r', '60', '-singlefile', `${file}.pdf`, file]);
      return upperPart(greyFromPnm(readFileSync(`${file}.ppm`)), 0.4);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async function until<T>(look: () => Promise<T>, wanted: (seen: T) => boolean): Promise<T> {
    for (const end = Date.now() + SHOWN_MS; ;) {
      const seen = await look();
      if (wanted(seen)) return seen;
      if (Date.now() > end) throw new Error(`too late: ${JSON.stringify(seen)}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
});
