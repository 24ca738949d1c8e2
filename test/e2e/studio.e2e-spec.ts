import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { syntheticReportPdf } from '@vitrine/samples';
import { asks } from '../support/asks.js';
import { launchBrowser, person, portrait, until, type Person } from '../support/browser.js';
import { openDatabase } from '../support/database.js';
import { removeImage } from '../support/derived-image.js';
import { hostState, NOTHING, untilIdle } from '../support/host-state.js';
import { add, display, firstSignIn, signUp, untilShowing } from '../support/pages.js';
import { Stack } from '../support/stack.js';

const LONG_MS = 400_000;
/** Each run has its own, since the engine is shared. */
const NAME = `Reader ${process.pid}`;
const ID = `reader-${process.pid}-1-0`;

/** Keys twice in a row, with and without Shift; more than the terminal shows in a row. */
const LONG_LINE = 'Hello && ((40+2)) //srv//ttyped; AABB__ccc '.repeat(12);

/** Makes a package and installs it, all of it in the guest: nothing is asked of any network. */
const INSTALL = `set -e
mkdir -p /tmp/d/DEBIAN /tmp/d/usr/share/vitrine-try
printf 'Package: vitrine-try\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: Nobody <nobody@example.org>\\nDescription: made by a test\\n' > /tmp/d/DEBIAN/control
echo hello > /tmp/d/usr/share/vitrine-try/hello
dpkg-deb -b /tmp/d /tmp/try.deb
apt-get install -y --no-install-recommends /tmp/try.deb
id -un > /srv/typed
ls /record
`;

describe('an admin makes a viewer in the studio', () => {
  let stack: Stack;
  let browser: Browser;
  let admin: Person;
  let patient: Person;
  let folder: string;

  beforeAll(async () => {
    stack = await Stack.startTested();
    browser = await launchBrowser();
    [admin, patient] = [await person(browser, stack.origin), await person(browser, stack.origin)];
    folder = mkdtempSync(join(tmpdir(), 'vitrine-studio-'));
    await signUp(patient.page, 'Jane Doe', 'jane@example.org', '1951-04-02');
    const { name, bytes } = syntheticReportPdf();
    writeFileSync(join(folder, name), bytes);
    await add(patient.page, [join(folder, name)]);
    const first = stack.people.find(({ role }) => role === 'admin');
    if (!first) throw new Error('the first start printed no admin');
    await firstSignIn(admin.page, first.email, first.oneTimePassword);
    await admin.page.getByRole('heading', { name: 'Viewers' }).waitFor();
  }, LONG_MS);
  afterAll(async () => {
    await browser.close();
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
    await removeImage(`vitrine-studio/${ID}:1.0`);
  });

  const inGuest = (script: string, ...options: string[]): string => {
    const id = new URL(admin.page.url()).pathname.split('/').at(-1) ?? '';
    const guest = `vitrine-${stack.installationId.slice(0, 8)}-build-${id}`;
    const words = ['exec', '-i', ...options, guest, 'sh', '-c', script];
    const { status, stdout, stderr } = spawnSync('docker', words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };
  const typed = async (line: string) => {
    await display(admin.page).click({ position: { x: 400, y: 300 } });
    await admin.page.keyboard.type(line);
    await admin.page.keyboard.press('Enter');
  };
  const openCopy = async () => {
    const { page } = admin;
    await page.goto('/studio');
    await page.getByLabel('Start from').selectOption({ label: 'Document reader' });
    await page.getByRole('button', { name: 'Open a copy' }).click();
    await page.waitForURL(/\/studio\/[0-9a-f]{32}$/).catch(async (late: unknown) => {
      const alerts = await page.getByRole('alert').allInnerTexts();
      throw new Error(`not opened; the page says: ${alerts.join(' ')}`, { cause: late });
    });
    await untilShowing(page);
  };

  it(
    'opens a copy of a viewer and installs a package in its terminal, as its root, with made data beside it',
    async () => {
      await admin.page.getByRole('link', { name: 'Studio' }).click();
      await admin.page.getByRole('heading', { name: 'Studio' }).waitFor();
      await admin.page.getByText('Nothing is being built').waitFor();
      await portrait(admin.page, '60-studio');
      await openCopy();
      inGuest(`cat > /tmp/make <<'END'\n${INSTALL}END`);
      await typed('sh /tmp/make && ls //srv');
      await until(
        'what was typed',
        () => Promise.resolve(inGuest('cat /srv/typed 2>/dev/null || true')),
        (text) => text === 'root\n',
      );
      expect(inGuest('dpkg-query -W vitrine-try')).toBe('vitrine-try\t1.0\n');
      await portrait(admin.page, '61-studio-terminal', 1500);
    },
    LONG_MS,
  );

  it(
    'takes a long line whole, each key as often as it was struck, however fast it is typed and busy the machine is',
    async () => {
      inGuest('for one in 1 2 3 4; do timeout 60 sh -c "while :; do :; done" & done', '--detach');
      await typed(`printf %s '${LONG_LINE}' > /srv/long`);
      await until(
        'the line',
        () => Promise.resolve(inGuest('cat /srv/long 2>/dev/null || true')),
        (text) => text === LONG_LINE,
      );
    },
    LONG_MS,
  );

  it(
    'keeps the copy when its window is closed, and when control plane and session host are killed',
    async () => {
      const { page } = admin;
      const address = page.url();
      await page.getByRole('button', { name: 'Close', exact: true }).click();
      await page.getByText('Copy of Document reader').waitFor();
      await portrait(page, '62-studio-open');
      await Promise.all([stack.kill('control-plane'), stack.kill('session-host')]);
      await stack.startPart('session-host');
      await stack.startPart('control-plane');
      await stack.waitUntilHealthy();
      await page.goto(address);
      await untilShowing(page);
      expect(inGuest('cat /srv/typed')).toBe('root\n');
    },
    LONG_MS,
  );

  it(
    'makes an image of it, which is tested, waits for an approval, and is then offered',
    async () => {
      const { page } = admin;
      await page.goto('/studio');
      await page.getByRole('button', { name: 'Submit' }).click();
      const form = page.getByRole('dialog', { name: 'Submit the copy of Document reader' });
      await form.getByLabel('Name').fill(NAME);
      await form.getByLabel('Version').fill('one');
      await form.getByLabel('Longest session, in minutes').fill('45');
      await form.getByRole('button', { name: 'Submit' }).click();
      await form.getByText('A version begins with a digit').waitFor();
      await form.getByLabel('Version').fill('1.0');
      await portrait(page, '63-studio-submit');
      await form.getByRole('button', { name: 'Submit' }).click();
      await page.waitForURL(/\/admin\/viewers$/, { timeout: 180_000 });
      const card = page.getByRole('article', { name: `${NAME} 1.0` });
      await card.getByText('waits for approval').waitFor({ timeout: LONG_MS });
      await card.getByText('45 minutes').waitFor();
      await card.getByText('on Document reader, made').waitFor();
      const offers = async () => (await asks(patient, 'GET', '/api/viewers')).text;
      expect(await offers()).not.toContain(ID);
      await portrait(page, '64-studio-awaiting');
      const { text } = await asks(admin, 'GET', `/api/admin/viewers/${ID}/sbom`);
      expect(text).toContain('pkg:deb/debian/vitrine-try@1.0?arch=all');
      expect((await asks(patient, 'GET', `/api/admin/viewers/${ID}/sbom`)).status).toBe(403);
      await card.getByRole('button', { name: 'Approve' }).click();
      await card.getByText('offered', { exact: true }).waitFor();
    },
    LONG_MS,
  );

  it(
    'shows a patient’s report with it, without a network, and beside the viewer that it was made of',
    async () => {
      const { text } = await asks(patient, 'GET', '/api/record');
      const [item] = (JSON.parse(text) as { items: { id: string }[] }).items;
      const asked = await asks(patient, 'POST', '/api/sessions', { itemIds: [item?.id], viewerId: ID });
      const { id } = JSON.parse(asked.text) as { id: string };
      await patient.page.goto(`/viewer/${id}`);
      await untilShowing(patient.page);
      await portrait(patient.page, '65-studio-viewer', 1500);
      const database = await openDatabase(stack);
      const { walls } = database.prepare('SELECT walls FROM session WHERE id = ?').get(id) as {
        walls: string;
      };
      const acts = database
        .prepare(
          'SELECT action, "patientId" FROM audit_event WHERE action LIKE \'studio.%\' ORDER BY sequence',
        )
        .all();
      database.close();
      expect((JSON.parse(walls) as { viewer: { interfaces: string[] } }).viewer.interfaces).toEqual(['lo']);
      expect(acts).toEqual(
        ['studio.opened', 'studio.submitted', 'studio.approved'].map((action) => ({
          action,
          patientId: null,
        })),
      );
      await asks(patient, 'POST', `/api/sessions/${id}/stop`);
    },
    LONG_MS,
  );

  it(
    'throws a copy away, so that nothing of it is left',
    async () => {
      await openCopy();
      const { page } = admin;
      await page.getByRole('button', { name: 'Close', exact: true }).click();
      await page.getByRole('button', { name: 'Throw away' }).click();
      const question = page.getByRole('dialog', { name: 'Throw this copy away?' });
      await question.getByRole('button', { name: 'Throw away' }).click();
      await page.getByText('Nothing is being built').waitFor();
      await untilIdle(stack);
      expect(await hostState(stack)).toEqual(NOTHING);
      expect([admin.faults, admin.strangers, patient.faults]).toEqual([[], [], []]);
    },
    LONG_MS,
  );
});
