import { DockerDriver, SystemMounts } from '@vitrine/hypervisor';
import { shippedImages, type RecordCopier } from '@vitrine/session-host';
import { ViewerRegistrar } from '@vitrine/viewers';
import { openSessions, type SessionHarness } from './session-harness.js';
import type { testInstallation } from './test-folder.js';

export interface OnEngine {
  readonly harness: SessionHarness;
  readonly driver: DockerDriver;
  readonly mounts: SystemMounts;
  /** Ends every session and takes the installation away. */
  end(): Promise<void>;
}

/** Sessions of an installation on the real container engine, with one of the shipped viewers offered. */
export async function openOnEngine(
  installation: ReturnType<typeof testInstallation>,
  viewer: 'aeskulap' | 'mupdf' | 'ohif',
  copier?: RecordCopier,
): Promise<OnEngine> {
  const { settings } = installation;
  const { installationId, runDir, engineSocket } = settings;
  const mounts = new SystemMounts();
  const driver = new DockerDriver({ installationId, runDir, engineSocket, mounts });
  const { guacd: guacdReference, viewers } = shippedImages();
  const harness = await openSessions({
    driver,
    mounts,
    settings,
    guacdReference,
    ...(copier ? { copier } : {}),
  });
  const end = async () => {
    await harness.sessions.endAll();
    await harness.close();
    driver.close();
    await installation.remove();
  };
  const reference = viewers.find((one) => one.includes(`/${viewer}:`)) ?? '';
  await harness.module.get(ViewerRegistrar).registerShipped(reference);
  return { harness, driver, mounts, end };
}
