/**
 * A process that starts a session on the real engine and is killed at one step of it:
 *
 *   node --import '#typescript' launch-until-killed.ts <patient id> <step>
 */
import 'reflect-metadata';
import { DockerDriver, SystemMounts } from '@vitrine/hypervisor';
import { newId, readSettings } from '@vitrine/kernel';
import { shippedImages } from '@vitrine/session-host';
import { ViewerRegistrar } from '@vitrine/viewers';
import { doomedDriver, doomedMounts } from './doomed.js';
import { addImaging } from './factories.js';
import { FakeCopier } from './fake-copier.js';
import { openSessions } from './session-harness.js';

const [patientId = '', dieAt = ''] = process.argv.slice(2);
const at = (step: string): Promise<void> => {
  if (step === dieAt) process.kill(process.pid, 'SIGKILL');
  return Promise.resolve();
};

const settings = readSettings();
const images = shippedImages();
const mounts = new SystemMounts();
const { installationId, runDir, engineSocket } = settings;
const driver = doomedDriver(new DockerDriver({ installationId, runDir, engineSocket, mounts }), at);
const copier = new FakeCopier();
copier.before = () => at('before copying');
const harness = await openSessions({
  driver,
  mounts: doomedMounts(mounts, at),
  settings,
  copier,
  guacdReference: images.guacd,
});
await harness.module.get(ViewerRegistrar).registerShipped(images.viewers[1] ?? '');
const { item } = await addImaging(harness.database, patientId);
const startedBy = { kind: 'account' as const, id: newId(), name: 'Jane' };
const { id } = await harness.sessions.request({ patientId, startedBy, itemIds: [item.id] });
await harness.until(id, (one) => one.state === 'ready', 60_000);
await at('after all');
