import { join } from 'node:path';
import type {
  CallOptions,
  BuildSpec,
  GuestExamination,
  GuestLimits,
  GuestRef,
  Workshop,
} from '@vitrine/hypervisor';
import { Problem, productFolder, sooner, type Clock, type WebUser } from '@vitrine/kernel';
import { refused, type PermitSigner } from '../permits.js';
import { CONTRACT, displayEndpoint } from '../image-contract.js';
import { readManifest } from '../manifest.js';
import type { BuildBase, FrozenImage, NewImage } from '../session-host.js';
import { buildSample } from './build-sample.js';
import { openDoor } from './door.js';
import type { ImageRegister } from './image-register.js';
import type { SessionPlaces } from './session-places.js';

/** apt keeps its lists and what it downloads in memory here, so it needs more than a viewer. */
export const BUILD_LIMITS: GuestLimits = { cpus: 2, memoryMiB: 2048, pids: 512, scratchMiB: 768 };

/** Beside the image that it is a copy of. overlay2 has no limit of its own, so it is looked at. */
const MOST_BYTES = 8 * 1024 ** 3;

const DISPLAY_MS = 20_000;
const SWEEP_MS = 15_000;
/** dpkg's list of three thousand packages has 5 MiB. */
const LARGEST_LIST = 16 * 1024 * 1024;
const LIST = '/var/lib/dpkg/status';
/** Where the launcher of the image finds its manifest. */
const IMAGE_FOLDER = '/opt/vitrine';

export interface BuildParts {
  readonly workshop: Workshop;
  readonly places: SessionPlaces;
  readonly register: ImageRegister;
  readonly permits: PermitSigner;
  readonly clock: Clock;
  readonly web: WebUser | undefined;
}

/**
 * Guests in which images are made. They have what no viewer has: a system that can be changed, and a network. So they
 * see what is made here and nothing else: there is no question by which a byte from outside gets into their record.
 */
export class Builds {
  constructor(private readonly parts: BuildParts) {}

  plan(sessionId: string): GuestRef {
    return this.parts.workshop.plan(sessionId);
  }

  async open(
    sessionId: string,
    permit: string,
    base: BuildBase,
    { signal }: CallOptions,
  ): Promise<GuestExamination> {
    const { workshop, places, register, permits, clock, web } = this.parts;
    permits.checkBuild(permit, sessionId, base.imageDigest, clock.now());
    await register.viewer(base, base.registration, { signal });
    const folder = await places.prepare(sessionId, false);
    places.bindBuild(sessionId, base.imageDigest);
    const { files, open } = buildSample();
    await folder.attach({
      bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
      files: files.length,
    });
    if (!(await folder.isLaidOut())) {
      await folder.discard(files.map(({ path }) => path));
      for (const { path, bytes } of files) await folder.writePage(path, bytes);
      await folder.writeOpen(open);
    }
    const spec = this.specOf(sessionId);
    const soon = sooner(signal, AbortSignal.timeout(DISPLAY_MS));
    const seen = await workshop.open(spec, { signal: soon });
    openDoor(spec.endpoint, web);
    return sound(seen);
  }

  /** Throws `sessions.build-too-large` for one that takes more of the disk than it may. */
  async examine(sessionId: string, options: CallOptions): Promise<GuestExamination> {
    const { workshop } = this.parts;
    const seen = sound(await workshop.examine(this.specOf(sessionId), options));
    if ((await workshop.bytes(sessionId, options)) > MOST_BYTES)
      throw new Problem('sessions.build-too-large');
    return seen;
  }

  async freeze(
    sessionId: string,
    permit: string,
    image: NewImage,
    options: CallOptions,
  ): Promise<FrozenImage> {
    const { workshop, register, permits, clock } = this.parts;
    const spec = this.specOf(sessionId);
    permits.checkBuild(permit, sessionId, spec.imageDigest, clock.now());
    const { version, ...fields } = image;
    const manifest = JSON.stringify(fields, null, 1);
    readManifest(manifest);
    const repository = `vitrine-studio/${image.id}`;
    const reference = `${repository}:${version}`;
    // A name that is moved would take the older image away from whoever runs it by this name.
    if (await register.find(reference, options)) throw new Problem('viewers.id-taken');
    const { digest } = await workshop.freeze(
      spec,
      {
        repository,
        tag: version,
        labels: {
          [CONTRACT.versionLabel]: CONTRACT.version,
          [CONTRACT.manifestLabel]: Buffer.from(manifest).toString('base64'),
          // Of whose sources the image that was built on is; this one is not.
          'org.vitrine.source': '',
        },
        file: { folder: IMAGE_FOLDER, name: 'viewer.yaml', content: Buffer.from(manifest) },
      },
      options,
    );
    return { reference, digest };
  }

  close(sessionId: string, options: CallOptions): Promise<void> {
    return this.parts.workshop.close(sessionId, options);
  }

  /** At start, while nobody asks. */
  sweep(): Promise<void> {
    return this.parts.workshop.sweep({ signal: AbortSignal.timeout(SWEEP_MS) });
  }

  async packages(imageDigest: string, options: CallOptions): Promise<Buffer | undefined> {
    // Of what is no viewer nothing is told.
    await this.parts.register.requireViewer(imageDigest, options);
    return this.parts.workshop.readFile(imageDigest, LIST, LARGEST_LIST, options);
  }

  private specOf(sessionId: string): BuildSpec {
    const { places } = this.parts;
    const imageDigest = places.buildOf(sessionId);
    if (imageDigest === undefined) throw refused('it is no build');
    const folder = places.of(sessionId);
    return {
      ownerId: sessionId,
      imageDigest,
      samplesPath: folder.record,
      displayPath: folder.display,
      deskPath: join(productFolder(), 'vm-images', 'studio'),
      limits: BUILD_LIMITS,
      endpoint: displayEndpoint(folder),
    };
  }
}

function sound(seen: GuestExamination): GuestExamination {
  if (seen.breaches.length === 0) return seen;
  throw new Problem('hypervisor.unsafe-guest', {
    logContext: { role: 'build', breaches: seen.breaches.join('; ') },
  });
}
