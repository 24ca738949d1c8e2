import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerDriver, SystemMounts } from '@vitrine/hypervisor';
import { readSettings, SystemClock } from '@vitrine/kernel';
import { readManifestLabel } from '@vitrine/session-host';
import { testSessionHost } from '@vitrine/session-host/testing';
import { AdmissionTest } from './admission-test.js';
import { Viewer } from './viewer.entity.js';
const folder = mkdtempSync(join(tmpdir(), 'va-'));
const settings = readSettings({ VITRINE_DATA_DIR: join(folder, 'data'), VITRINE_RUN_DIR: join(folder, 'run') });
const mounts = new SystemMounts();
const { installationId, runDir, engineSocket } = settings;
const driver = new DockerDriver({ installationId, runDir, engineSocket, mounts, strongRuntime: 'runsc' });
const { host, permits } = testSessionHost({ driver, mounts, settings });
const test = new AdmissionTest(host, permits, settings, new SystemClock());
const image = await driver.findImage(process.argv[3] ?? 'vitrine/ohif:0.1.0', { signal: AbortSignal.timeout(5000) });
const manifest = readManifestLabel(image!.labels['org.vitrine.manifest']);
const viewer = Object.assign(new Viewer(), { ...manifest, formats: [...manifest.formats], imageDigest: image!.digest, isolation: process.argv[4] ?? 'strong' });
for (let i = 0; i < Number(process.argv[2]); i++) {
  const timer = setTimeout(() => {
    spawn("bash", ["/tmp/dump.sh", String(i)], { stdio: "inherit" });
  }, 45_000);
  const { report } = await test.run(viewer, AbortSignal.timeout(150_000));
  clearTimeout(timer);
  console.log(i, report.passed, report.checks.map(({ detail }) => detail).join('; '));
}
await test.sweep();
await host.release();
driver.close();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
