import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ShareLink } from '@vitrine/delegation';
import { databaseAt } from '@vitrine/persistence/testing';
import type { Browser } from 'playwright-core';
import type { ProblemCode } from '@vitrine/kernel';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { ApiClient, type SampleFile } from '../support/api-client.js';
import { asks } from '../support/asks.js';
import { launchBrowser, person, portrait, until, type Person } from '../support/browser.js';
import { deriveImage, READER, removeImage } from '../support/derived-image.js';
import { EngineGate } from '../support/engine-gate.js';
import { guestOf, hostState, untilIdle } from '../support/host-state.js';
import { add, signUp, untilShowing } from '../support/pages.js';
import { problem, says, sentence } from '../support/sentences.js';
import { testData } from '../support/root.js';
import { Stack } from '../support/stack.js';

interface MadeLink {
  readonly link: { readonly id: string };
  readonly url: string;
}

describe('what goes wrong is said in one sentence, and nothing is lost', () => {
  let stack: Stack;
  let browser: Browser;
  let folder: string;
  let engine: EngineGate;
  let patient: Person;
  let itemIds: string[];
  let pdfId: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-errors-'));
    engine = new EngineGate(join(folder, 'engine.sock'));
    await engine.up();
    stack = await Stack.startTested({ VITRINE_ENGINE_SOCKET: engine.path });
    browser = await launchBrowser();
    patient = await person(browser, stack.origin);
    await signUp(patient.page, 'Jane Doe', 'jane@example.org', '1951-04-02');
    await add(patient.page, onDisk(syntheticCtStudy({ slices: 6, size: 128 })));
    await add(patient.page, onDisk([syntheticReportPdf()]));
    const items = await record();
    itemIds = items.filter(({ kind }) => kind === 'imaging').map(({ id }) => id);
    pdfId = items.find(({ kind }) => kind === 'document')?.id ?? '';
    await untilIdle(stack);
  }, 360_000);

  afterAll(async () => {
    await browser.close();
    await stack.close();
    await engine.down();
    rmSync(folder, { recursive: true, force: true });
  });

  const onDisk = (files: readonly SampleFile[]): string[] =>
    files.map(({ name, bytes }) => {
      const path = join(folder, name.replaceAll('/', '-'));
      writeFileSync(path, bytes);
      return path;
    });

  const record = async () => {
    const { text } = await asks(patient, 'GET', '/api/record');
    const { items } = JSON.parse(text) as {
      items: { id: string; kind: string; title: string; count: number; bytes: number }[];
    };
    // Small pictures are made later and are no part of what was stored.
    return items.map(({ id, kind, title, count, bytes }) => ({ id, kind, title, count, bytes }));
  };

  /** Adds one file through the page; answers with everything that the report says. */
  const reportOf = async (file: string): Promise<string> => {
    await add(patient.page, [file]);
    return patient.page.locator('main').innerText();
  };

  const stopAll = async (): Promise<void> => {
    const { text } = await asks(patient, 'GET', '/api/sessions');
    for (const { id } of JSON.parse(text) as { id: string }[])
      expect((await asks(patient, 'POST', `/api/sessions/${id}/stop`)).status).toBe(204);
  };

  const link = async (more: Record<string, unknown> = {}): Promise<MadeLink> => {
    const wanted = { itemIds, label: 'Dr Weber', control: 'view', ...more };
    const { status, text } = await asks(patient, 'POST', '/api/links', wanted);
    if (status !== 201) throw new Error(text);
    return JSON.parse(text) as MadeLink;
  };

  /** A cookie-less browser at a link's door. */
  const visitor = async (url: string): Promise<Person> => {
    const someone = await person(browser, stack.origin);
    await someone.page.goto(url);
    return someone;
  };

  const enter = async ({ page }: Person, passcode?: string): Promise<void> => {
    await page.getByLabel('Your name').fill('Dr Weber');
    if (passcode !== undefined) await page.getByLabel('Passcode').fill(passcode);
    await page.getByRole('button', { name: 'Look at it now' }).click();
  };

  describe('while files come in', () => {
    it('does not know a format', async () => {
      const before = await record();
      const file = join(folder, 'strange.xyz');
      writeFileSync(file, Buffer.from([7, 1, 255, 0, 3, 9]));
      expect(await reportOf(file)).toContain(sentence('exchange.unknown-format'));
      await portrait(patient.page, '60-unknown-format');
      expect(await record()).toEqual(before);
    });

    it('is told that a DICOM file is cut off', async () => {
      const before = await record();
      const [whole] = syntheticCtStudy({ slices: 1, size: 128, description: 'Cut' });
      const file = join(folder, 'cut.dcm');
      writeFileSync(file, whole?.bytes.subarray(0, whole.bytes.length / 2) ?? '');
      expect(await reportOf(file)).toContain(sentence('exchange.truncated-dicom'));
      expect(await record()).toEqual(before);
    });

    it('unpacks a ZIP without what points outside of it', async () => {
      const data = testData();
      if (data === undefined) return;
      const file = join(data, 'hostile/archive/traversal-dotdot.zip');
      expect(await reportOf(file)).toContain(sentence('exchange.unsafe-archive'));
      await portrait(patient.page, '61-unsafe-archive');
      const written = execFileSync('find', [stack.folder, '-name', '*evil*', '-o', '-name', '*pwned*']);
      expect(written.toString()).toBe('');
    });

    it.each([
      ['bomb-flat-500MB.zip', sentence('exchange.archive-bomb')],
      ['bomb-overlap-100GB.zip', sentence('exchange.archive-bomb')],
      ['bomb-nested-3.zip', 'This is a ZIP file deep inside of other ZIP files, so it was not unpacked.'],
    ])('does not unpack %s', async (name, said) => {
      const data = testData();
      if (data === undefined) return;
      const before = await record();
      expect(await reportOf(join(data, 'hostile/archive', name))).toContain(said);
      expect(await record()).toEqual(before);
    });

    it('keeps what is good of what was added together with bad files', async () => {
      const before = await record();
      const strange = join(folder, 'strange.xyz');
      const [good] = onDisk([{ name: 'note.pdf', bytes: changed(syntheticReportPdf().bytes) }]);
      expect(await add(patient.page, [strange, good ?? ''])).toContain('1 thing was added');
      await patient.page.getByText(sentence('exchange.unknown-format')).waitFor();
      expect(await record()).toHaveLength(before.length + 1);
    });
  });

  describe('with viewers', () => {
    afterEach(stopAll);

    it('does not open a viewer whose image was taken away, and opens with another', async () => {
      const admin = await signedInAdmin();
      await deriveImage(READER);
      try {
        const viewer = await admin.call<{ id: string }>('POST', '/api/admin/viewers', {
          reference: READER.reference,
        });
        await offered(admin, viewer.id);
      } finally {
        await removeImage(READER.reference);
      }
      const { page } = patient;
      await page.goto(`/record/${pdfId}`);
      await page.getByRole('button', { name: 'Open with another viewer' }).click();
      await page.getByRole('menuitem', { name: new RegExp(READER.title) }).click();
      await says(page, 'hypervisor.image-missing');
      await portrait(page, '62-image-missing');
      await page.goto(`/record/${pdfId}`);
      await page.getByRole('button', { name: 'Open', exact: true }).click();
      await untilShowing(page);
      await stopAll();
    }, 300_000);

    it('opens only so many at once', async () => {
      const { page } = patient;
      for (let viewer = 0; viewer < 3; viewer++)
        expect((await asks(patient, 'POST', '/api/sessions', { itemIds })).status).toBe(201);
      await page.goto('/record');
      await page.getByRole('button', { name: /^Open CT/ }).click();
      await page.getByRole('alert').getByText(sentence('sessions.limit-reached')).waitFor();
      await portrait(page, '63-limit-reached');
      problem(await asks(patient, 'POST', '/api/sessions', { itemIds }), 'sessions.limit-reached');
      await stopAll();
      await untilNothing();
    });

    it('tells that a viewer crashed, and opens it again', async () => {
      const { page } = patient;
      await page.goto(`/record/${pdfId}`);
      await page.getByRole('button', { name: 'Open', exact: true }).click();
      await untilShowing(page);
      const sessionId = basename(new URL(page.url()).pathname);
      await (await guestOf(stack, sessionId, 'viewer')).kill();
      await page.getByText(sentence('sessions.viewer-crashed')).waitFor();
      await portrait(page, '64-viewer-crashed');
      await page.getByRole('button', { name: 'Open it again' }).click();
      await page.waitForURL((url) => !url.pathname.endsWith(sessionId));
      await untilShowing(page);
      await stopAll();
    });

    it('works without the engine but for opening, and opens when the engine is back', async () => {
      const { page } = patient;
      const before = await record();
      await engine.down();
      try {
        await page.goto('/record');
        await page.getByRole('button', { name: /^Open CT/ }).click();
        await says(page, 'hypervisor.unreachable');
        await portrait(page, '65-engine-down');
        const [note] = onDisk([
          { name: 'engineless.pdf', bytes: changed(syntheticReportPdf().bytes, '1.5') },
        ]);
        expect(await add(page, [note ?? ''])).toContain('1 thing was added');
        for (const path of ['/shares', '/looked', '/hospital', '/settings']) {
          await page.goto(path);
          await page.getByRole('heading', { level: 1 }).waitFor();
          expect(await page.getByRole('alert').count()).toBe(0);
        }
      } finally {
        await engine.up();
      }
      expect(await record()).toHaveLength(before.length + 1);
      await page.goto('/record');
      await page.getByRole('button', { name: /^Open CT/ }).click();
      await untilShowing(page);
      await stopAll();
      await untilNothing();
    });

    /** A viewer that is stopped while it starts may have a part under way at the engine. */
    const untilNothing = () =>
      until(
        'the host to be free',
        () => hostState(stack),
        (state) => state.guests.length + state.mounts.length + state.folders.length === 0,
        60_000,
      );

    async function signedInAdmin(): Promise<ApiClient> {
      const first = stack.people.find(({ role }) => role === 'admin');
      const admin = new ApiClient(stack);
      const current = first?.oneTimePassword;
      await admin.call('POST', '/api/sign-in', { email: first?.email, password: current });
      await admin.call('POST', '/api/me/password', { current, next: 'three quiet herons' });
      return admin;
    }

    async function offered(admin: ApiClient, id: string): Promise<void> {
      const deadline = Date.now() + 240_000;
      for (;;) {
        const { state } = await admin.call<{ state: string }>('GET', `/api/admin/viewers/${id}`);
        if (state === 'offered') return;
        if (state !== 'testing' || Date.now() > deadline) throw new Error(`the viewer is ${state}`);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  });

  describe('with links', () => {
    it('does not open a link whose time is over', async () => {
      const { link: made, url } = await link({ expiresInMinutes: 1 });
      const database = await databaseAt(await stack.openPlace(), [ShareLink]);
      const expiresAt = new Date(Date.now() - 1000).toISOString();
      const { affected } = await database.transactor.run((manager) =>
        manager.update(ShareLink, made.id, { expiresAt }),
      );
      await database.close();
      expect(affected).toBe(1);
      const { page } = await visitor(url);
      await page.getByText(sentence('delegation.link-expired')).waitFor();
      await portrait(page, '66-link-expired');
      await redeemed(url, 'delegation.link-expired');
    });

    it('does not open a link that was used as often as it may be', async () => {
      const { url } = await link({ maximumUses: 1 });
      const first = await visitor(url);
      await enter(first);
      await untilShowing(first.page);
      const second = await visitor(url);
      await second.page.getByText(sentence('delegation.link-used-up')).waitFor();
      await redeemed(url, 'delegation.link-used-up');
      // Whoever is in stays in.
      await untilShowing(first.page);
      await first.context.close();
      await stopAll();
    });

    it('does not know a link that nobody made', async () => {
      const { page } = await visitor(`${stack.origin}/visit#${'x'.repeat(43)}`);
      await page.getByText(sentence('delegation.link-unknown')).waitFor();
    });

    it('says that a passcode is wrong and how many tries remain, then closes the link', async () => {
      const { url } = await link({ passcode: 'tulip', maximumUses: 5 });
      const someone = await visitor(url);
      await someone.page.getByRole('heading', { name: /wants to show you/ }).waitFor();
      await enter(someone, 'daisy');
      await someone.page.getByText(sentence('delegation.wrong-passcode')).waitFor();
      await someone.page.getByText('You can try 9 more times, then the link closes.').waitFor();
      await portrait(someone.page, '67-wrong-passcode');
      const secret = new URL(url).hash.slice(1);
      const remaining: unknown[] = [];
      for (let attempt = 2; attempt <= 10; attempt++) {
        const body = { secret, name: 'Dr Weber', passcode: 'daisy' };
        const { status, text } = await asks(someone, 'POST', '/api/visit/redeem', body);
        if (status === 429) throw new Error('the tries of this test are too quick for the rate limit');
        remaining.push((JSON.parse(text) as { remainingTries?: number }).remainingTries);
      }
      expect(remaining).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0]);
      await enter(someone, 'tulip');
      await someone.page.getByText(sentence('delegation.passcode-locked')).waitFor();
      await portrait(someone.page, '68-passcode-locked');
      await patient.page.goto('/shares');
      await patient.page.getByText('closed: wrong passcode too often').waitFor();
    });

    async function redeemed(url: string, code: ProblemCode): Promise<void> {
      const stranger = await person(browser, stack.origin);
      await stranger.page.goto('/sign-in');
      const body = { secret: new URL(url).hash.slice(1), name: 'Dr Weber' };
      problem(await asks(stranger, 'POST', '/api/visit/redeem', body), code);
      await stranger.context.close();
    }
  });

  it('asked nobody outside for anything, and no page threw', () => {
    expect(patient.strangers).toEqual([]);
    expect(patient.faults).toEqual([]);
  });
});

describe('when the disk is full', () => {
  let stack: Stack | undefined;
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-full-'));
    chmodSync(folder, 0o711);
    mkdirSync(join(folder, 'data'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=0700', 'tmpfs', join(folder, 'data')]);
  });

  afterAll(async () => {
    try {
      await stack?.close();
    } finally {
      execFileSync('umount', [join(folder, 'data')]);
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('says so, and keeps what was there before', async () => {
    stack = await Stack.start({ VITRINE_DATA_DIR: join(folder, 'data') });
    const browser = await launchBrowser();
    try {
      const { page } = await person(browser, stack.origin);
      await signUp(page, 'Jane Doe', 'jane@example.org', '1951-04-02');
      const small = join(folder, 'report.pdf');
      writeFileSync(small, syntheticReportPdf().bytes);
      await add(page, [small]);
      const big = join(folder, 'big.pdf');
      writeFileSync(big, Buffer.concat([syntheticReportPdf().bytes, Buffer.alloc(24 << 20, 32)]));
      await add(page, [big]);
      await page.getByText(sentence('vault.disk-full')).waitFor();
      await portrait(page, '69-disk-full');
      await page.goto('/record');
      await page.getByRole('button', { name: 'Open report' }).waitFor();
      expect(await page.getByRole('button', { name: /^Open / }).count()).toBe(1);
      await page.getByRole('button', { name: 'Open report' }).click();
      await untilShowing(page);
    } finally {
      await browser.close();
    }
  });
});

/** Other bytes with the same pages: a PDF may be followed by comments. */
const changed = (pdf: Buffer, note = '1'): Buffer => Buffer.concat([pdf, Buffer.from(`\n% ${note}\n`)]);
