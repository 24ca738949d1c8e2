import { totalmem } from 'node:os';
import { JobRunner, type HostMounts, type HypervisorDriver, type Workshop } from '@vitrine/hypervisor';
import { Problem, systemClock, type Clock, type Logger, type Settings, type WebUser } from '@vitrine/kernel';
import { PermitSigner } from '../permits.js';
import type { HostKeys } from '../host-keys.js';
import { shippedImages, type ShippedImages } from '../shipped-images.js';
import { Builds } from './builds.js';
import { SignedImageRegister, type ImageRegister } from './image-register.js';
import { LocalSessionHost } from './local-session-host.js';
import { PictureJobs } from './picture-jobs.js';
import type { RecordCopier } from './record-copier.js';
import { SessionPlaces } from './session-places.js';

const MIB = 1024 * 1024;
/** No record is larger than what all sessions together may take. */
const SHARE = 0.7;

export interface OpenHostOptions {
  readonly settings: Pick<Settings, 'runDir' | 'scratchDir' | 'leastWalls'> & {
    readonly sessions: Pick<Settings['sessions'], 'memoryMiB'>;
  };
  readonly driver: HypervisorDriver;
  readonly workshop: Workshop;
  readonly mounts: HostMounts;
  readonly copier: RecordCopier;
  readonly keys: HostKeys;
  readonly logger: Logger;
  readonly web?: WebUser | undefined;
  readonly clock?: Clock;
  readonly images?: ShippedImages;
  readonly register?: ImageRegister;
}

export interface OpenedHost {
  readonly host: LocalSessionHost;
  readonly jobs: JobRunner;
  readonly permits: PermitSigner;
  /** At start, while nobody asks: takes away what jobs left that were cut off, and forgets old permits. */
  sweep(): Promise<void>;
}

/** Puts a host together over an engine and the mounts of this machine. */
export function openSessionHost(options: OpenHostOptions): OpenedHost {
  const {
    settings,
    driver,
    workshop,
    mounts,
    copier,
    keys,
    logger,
    web,
    clock = systemClock(logger),
  } = options;
  const { runDir, scratchDir } = settings;
  const images = options.images ?? shippedImages();
  const register =
    options.register ?? new SignedImageRegister(driver, images, keys.registration, settings.leastWalls);
  const permits = new PermitSigner(keys.control);
  const jobs = new JobRunner(driver, mounts, { runDir }, logger);
  const places = new SessionPlaces(runDir, scratchDir, mounts);
  const pictures = new PictureJobs(runDir, mounts, jobs, register, copier);
  const builds = new Builds({ workshop, places, register, permits, clock, web });
  const host = new LocalSessionHost({
    driver,
    builds,
    mounts,
    places,
    register,
    permits,
    copier,
    pictures,
    clock,
    largestRecord: (settings.sessions.memoryMiB ?? (totalmem() / MIB) * SHARE) * MIB,
    web,
  });
  return {
    host,
    jobs,
    permits,
    sweep: async () => {
      await jobs.onModuleInit();
      await pictures.sweep();
      // An engine that is away is no reason not to start: what is left is met again at the next start.
      await builds.sweep().catch((error: unknown) => {
        logger.warn({ problem: Problem.from(error).code }, 'left-over networks could not be removed');
      });
      await places.forgetSpent(clock.now());
    },
  };
}
