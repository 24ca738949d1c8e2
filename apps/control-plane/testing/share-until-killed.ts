/**
 * Runs the control plane in `<folder>/whole` and makes links, comes by them and ends them, without end, until it is
 * killed. Says on its standard output, a line of JSON each, what was acknowledged.
 *
 *   node --import '#typescript' share-until-killed.ts FOLDER
 */
import 'reflect-metadata';
import { ShareLinks, Visits } from '@vitrine/delegation';
import { ImportsService } from '@vitrine/exchange';
import { delay, Problem } from '@vitrine/kernel';
import { RecordsService } from '@vitrine/records';
import { syntheticReportPdf } from '@vitrine/samples';
import { appToBeKilled } from './app-to-be-killed.js';
import type { SharingSaid } from './said.js';

const AT_ONCE = 4;
const LOOK_MS = 50;

const say = (line: SharingSaid): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const { app, patient, account } = await appToBeKilled(process.argv[2] ?? '');
const owner = { account, patient };
const imports = app.get(ImportsService, { strict: false });
const { id: importId } = await imports.addOwn(account, patient, [syntheticReportPdf()]);
while ((await imports.get(account.id, importId)).state !== 'done') await delay(LOOK_MS);
const items = await app.get(RecordsService, { strict: false }).list(patient.id);
const links = app.get(ShareLinks, { strict: false });
const visits = app.get(Visits, { strict: false });

async function share(): Promise<void> {
  const { link, url } = await links.create(owner, {
    itemIds: items.map(({ id }) => id),
    viewerId: 'mupdf',
    label: 'Dr Weber',
    control: 'view',
    watermark: true,
    expiresInMinutes: 60,
    maximumUses: 2,
  });
  const { id } = link;
  say({ act: 'link.made', id });
  await visits.redeem({ secret: url.split('#')[1] ?? '', visitorName: 'Dr Weber' });
  say({ act: 'link.opened', id });
  try {
    await links.revoke(owner, id);
    say({ act: 'link.revoked', id });
  } catch (error) {
    // This process was held for longer than cutting may take: nothing was acknowledged.
    if (Problem.from(error).code !== 'kernel.busy') throw error;
  }
}

const forEver = async (): Promise<never> => {
  for (;;) await share();
};
await Promise.all(Array.from({ length: AT_ONCE }, forEver));
