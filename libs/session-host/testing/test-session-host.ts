import type { HostMounts, HypervisorDriver, Workshop } from '@vitrine/hypervisor';
import { FakeDriver, FakeEngine, FakeWorkshop } from '@vitrine/hypervisor/testing';
import { createLogger, type Clock, type Settings } from '@vitrine/kernel';
import { SealingPool } from '@vitrine/sealing';
import { join } from 'node:path';
import { hostKeysFrom } from '../src/host-keys.js';
import type { ImageRegister } from '../src/local/image-register.js';
import { openSessionHost, type OpenedHost } from '../src/local/open-session-host.js';
import { SealedRecordCopier, type RecordCopier } from '../src/local/record-copier.js';
import { shippedImages, type ShippedImages } from '../src/shipped-images.js';
import { OpenRegister } from './open-register.js';

/** One for all hosts of a file, since threads that load TypeScript take seconds to start. They hold up no exit. */
const pool = new SealingPool(2);

export interface TestHostOptions {
  readonly driver: HypervisorDriver;
  /** Over the driver's engine where that is a made-up one; otherwise nobody builds. */
  readonly workshop?: Workshop | undefined;
  readonly mounts: HostMounts;
  readonly settings: Pick<Settings, 'runDir' | 'dataDir' | 'scratchDir'> &
    Partial<Pick<Settings, 'leastWalls'>>;
  readonly copier?: RecordCopier | undefined;
  readonly clock?: Clock | undefined;
  readonly images?: ShippedImages;
  readonly register?: ImageRegister;
}

/** A host in this process. With a made-up engine every image counts as registered; with a real one it is as in the product. */
export function testSessionHost({
  driver,
  workshop,
  mounts,
  settings,
  copier,
  clock,
  images = shippedImages(),
  register,
}: TestHostOptions): OpenedHost {
  const known =
    register ??
    (driver.kind === 'fake' ? new OpenRegister(driver, images.guacd, settings.leastWalls) : undefined);
  return openSessionHost({
    settings: {
      runDir: settings.runDir,
      scratchDir: settings.scratchDir,
      leastWalls: settings.leastWalls ?? 'standard',
      sessions: { memoryMiB: undefined },
    },
    driver,
    workshop: workshop ?? new FakeWorkshop(driver instanceof FakeDriver ? driver.engine : new FakeEngine()),
    mounts,
    copier:
      copier ??
      new SealedRecordCopier(join(settings.dataDir, 'vault'), join(settings.dataDir, 'staging'), pool),
    keys: hostKeysFrom(Buffer.alloc(32, 7)),
    logger: createLogger('test', 'silent'),
    images,
    ...(clock && { clock }),
    ...(known && { register: known }),
  });
}
