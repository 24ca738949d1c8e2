import { unlink } from 'node:fs/promises';
import {
  probeGuacd,
  probeRfb,
  type CallOptions,
  type Collection,
  type GuestEvent,
  type GuestExamination,
  type GuestObservation,
  type GuestRef,
  type GuestSpec,
  type HostMounts,
  type HypervisorDriver,
  type Isolation,
} from '@vitrine/hypervisor';
import { Problem, sooner, type Clock, type WebUser } from '@vitrine/kernel';
import { refused, type PermitSigner } from '../permits.js';
import { guacdGuestSpec, viewerGuestSpec, type ArrivingFile, type OpenFile } from '../image-contract.js';
import {
  SessionHost,
  type BuildBase,
  type FrozenImage,
  type GuestWish,
  type HostListing,
  type HostMemory,
  type NewImage,
  type PictureJob,
  type PlacedObject,
  type RecordClaim,
  type RegisteredImage,
  type SealedObject,
  type SessionMemory,
  type SessionRole,
  type ViewerWord,
} from '../session-host.js';
import type { ViewerFolder } from '../viewer-folder.js';
import type { Builds } from './builds.js';
import { openDoor } from './door.js';
import type { ImageRegister } from './image-register.js';
import type { PictureJobs } from './picture-jobs.js';
import type { RecordCopier } from './record-copier.js';
import type { SessionPlaces } from './session-places.js';
import { Turns } from './turns.js';

/** From a guest that was made to one that answers. */
const DISPLAY_MS = 15_000;
const ANSWER_MS = 3_000;
const MIB = 1024 * 1024;
const NOTHING = { cpus: 1, memoryMiB: 1, pids: 1, scratchMiB: 1 };

export interface HostParts {
  readonly driver: HypervisorDriver;
  readonly builds: Builds;
  readonly mounts: HostMounts;
  readonly places: SessionPlaces;
  readonly register: ImageRegister;
  readonly permits: PermitSigner;
  readonly copier: RecordCopier;
  readonly pictures: PictureJobs;
  readonly clock: Clock;
  /** The most that one record may take, in bytes. */
  readonly largestRecord: number;
  /** Who may connect to the guests' sockets; nobody but root without it. */
  readonly web: WebUser | undefined;
}

/** The host itself: over the engine and the mounts of this machine. */
export class LocalSessionHost extends SessionHost {
  /** Tests of images whose guests ran here behind walls that stood. */
  private readonly proven = new Set<string>();
  private readonly turns = new Turns();

  constructor(private readonly parts: HostParts) {
    super();
  }

  override whenThere(): Promise<void> {
    return Promise.resolve();
  }

  override findImage(reference: string, options: CallOptions): Promise<RegisteredImage | undefined> {
    return this.parts.register.find(reference, options);
  }

  override async isolations(options: CallOptions): Promise<readonly Isolation[]> {
    const { driver, register } = this.parts;
    return (await driver.isolations(options)).filter((isolation) => register.allows(isolation));
  }

  override plan(sessionId: string): Promise<{ viewer: GuestRef; guacd: GuestRef }> {
    return Promise.resolve({
      viewer: this.refOf(sessionId, 'viewer'),
      guacd: this.refOf(sessionId, 'guacd'),
    });
  }

  override async prepare(sessionId: string, options: CallOptions & { candidate?: boolean }): Promise<void> {
    const { places } = this.parts;
    await this.turns.make(sessionId, () => places.prepare(sessionId, options.candidate ?? false));
  }

  override start(sessionId: string, wish: GuestWish, options: CallOptions): Promise<GuestExamination> {
    return this.turns.make(sessionId, () => this.startNow(sessionId, wish, options));
  }

  private async startNow(
    sessionId: string,
    wish: GuestWish,
    { signal }: CallOptions,
  ): Promise<GuestExamination> {
    const { driver, places, web } = this.parts;
    const spec = await this.specOf(sessionId, wish, { signal });
    if (places.imageOf(sessionId)?.results && wish.role === 'viewer')
      await places.of(sessionId).prepareResults();
    if (wish.role === 'viewer' && wish.egress) await places.of(sessionId).prepareEgress(web);
    const made = await driver.create(driver.plan(spec), spec, { signal });
    // Started means that it speaks its protocol, not that a process runs.
    await driver.start(made, spec, { signal: sooner(signal, AbortSignal.timeout(DISPLAY_MS)) });
    openDoor(spec.endpoint, web);
    const seen = await this.look(made, spec, { signal });
    if (wish.role === 'candidate') this.proven.add(sessionId);
    return seen;
  }

  override observe(sessionId: string, role: SessionRole, options: CallOptions): Promise<GuestObservation> {
    return this.parts.driver.observe(this.refOf(sessionId, role), options);
  }

  override examine(sessionId: string, role: SessionRole, options: CallOptions): Promise<GuestExamination> {
    if (role === 'viewer' && this.isBuild(sessionId)) return this.parts.builds.examine(sessionId, options);
    return this.look(this.refOf(sessionId, role), this.shapeOf(sessionId, role), options);
  }

  override async answers(sessionId: string, role: SessionRole, { signal }: CallOptions): Promise<void> {
    const { endpoint } = this.shapeOf(sessionId, role);
    if (!endpoint) return;
    const soon = sooner(signal, AbortSignal.timeout(ANSWER_MS));
    if (role === 'viewer') await probeRfb(endpoint, soon);
    else await probeGuacd(endpoint, soon);
  }

  override async destroy(sessionId: string, role: SessionRole, options: CallOptions): Promise<void> {
    if (role === 'viewer' && this.isBuild(sessionId)) await this.parts.builds.close(sessionId, options);
    await this.parts.driver.destroy(this.refOf(sessionId, role), options);
    // The next one makes its own; what the dead one left would be taken for it.
    const { endpoint } = this.shapeOf(sessionId, role);
    if (endpoint) await unlink(endpoint.hostPath).catch(() => undefined);
  }

  override attach(sessionId: string, permit: string | null, claim: RecordClaim): Promise<void> {
    return this.turns.make(sessionId, () => this.attachNow(sessionId, permit, claim));
  }

  private async attachNow(sessionId: string, permit: string | null, claim: RecordClaim): Promise<void> {
    const { places, permits, clock, largestRecord } = this.parts;
    const { egress, ...image } = permits.check(permit, sessionId, claim, clock.now());
    const { patientId, blobIds, bytes, files, scratch } = claim;
    if (places.isCandidate(sessionId) && blobIds.length > 0) throw refused('a test sees nobody’s data');
    if (!scratch && bytes > largestRecord)
      throw new Problem('sessions.host-full', { logContext: { bytes, largestRecord } });
    places.requireFolder(sessionId);
    const folder = places.of(sessionId);
    places.bindImage(sessionId, { ...image, egress: egress.length > 0 });
    places.bindPermit(sessionId, { permit: permit ?? '', patientId, blobIds });
    await folder.attach({ bytes, files, scratch });
  }

  override async resume(sessionId: string, coming: ArrivingFile): Promise<number> {
    return this.turns.make(sessionId, async () => this.permitted(sessionId).resume(coming));
  }

  override async writeArriving(sessionId: string, content: ArrivingFile): Promise<void> {
    await this.turns.make(sessionId, async () => this.permitted(sessionId).writeArriving(content));
  }

  override copy(sessionId: string, objects: readonly PlacedObject[], options: CallOptions): Promise<void> {
    return this.turns.make(sessionId, () => this.copyNow(sessionId, objects, options));
  }

  private async copyNow(
    sessionId: string,
    objects: readonly PlacedObject[],
    { signal }: CallOptions,
  ): Promise<void> {
    const { places, copier } = this.parts;
    const patientId = places.checkBlobs(
      sessionId,
      objects.map(({ blobId }) => blobId),
    );
    const folder = places.of(sessionId);
    await folder.requireRoom(objects.reduce((sum, { bytes }) => sum + bytes, 0));
    await folder.discard(objects.map(({ path }) => path));
    await copier.layOut(patientId, objects, folder.files, signal);
  }

  override async writePage(sessionId: string, path: string, bytes: Uint8Array): Promise<void> {
    await this.turns.make(sessionId, async () => this.permitted(sessionId).writePage(path, bytes));
  }

  override async writeOpen(sessionId: string, content: OpenFile): Promise<void> {
    await this.turns.make(sessionId, async () => this.permitted(sessionId).writeOpen(content));
  }

  override isLaidOut(sessionId: string): Promise<boolean> {
    return this.parts.places.of(sessionId).isLaidOut();
  }

  override word(sessionId: string): Promise<ViewerWord | undefined> {
    return this.parts.places.of(sessionId).word();
  }

  override async collect(sessionId: string, options: CallOptions): Promise<Collection | undefined> {
    const { driver, places } = this.parts;
    // No new viewer is made meanwhile, and nobody can change a file between look and read once this one is gone.
    return this.turns.take(
      sessionId,
      async () => {
        if (!places.mayLeaveResults(sessionId)) return undefined;
        await driver.destroy(this.refOf(sessionId, 'viewer'), options);
        return places.of(sessionId).collectResults();
      },
      options,
    );
  }

  override withResults(sessionIds: readonly string[]): Promise<string[]> {
    return this.parts.places.withResults(sessionIds);
  }

  override async remove(sessionId: string, options: CallOptions): Promise<void> {
    const { driver, builds, places } = this.parts;
    await places.spend(sessionId);
    const roles: readonly SessionRole[] = ['viewer', 'guacd'];
    await this.turns.take(
      sessionId,
      async () => {
        await Promise.all(roles.map((role) => driver.destroy(this.refOf(sessionId, role), options)));
        // Also where the folder is gone that told what it was.
        await builds.close(sessionId, options);
        await places.remove(sessionId);
        this.proven.delete(sessionId);
      },
      options,
    );
  }

  override async list(options: CallOptions): Promise<HostListing> {
    const { driver, places } = this.parts;
    const guests = await driver.list(options);
    return {
      guests: guests.flatMap(({ ref, ownerId: sessionId, role, isRunning }) =>
        role === 'job' || places.isCandidate(sessionId)
          ? []
          : [{ sessionId, role: role === 'build' ? 'viewer' : role, name: ref.name, isRunning }],
      ),
      folders: await places.existing(),
    };
  }

  override async memory(sessionIds: readonly string[], options: CallOptions): Promise<HostMemory> {
    const { driver, mounts, places } = this.parts;
    const refs = sessionIds.flatMap((id) => [this.refOf(id, 'viewer'), this.refOf(id, 'guacd')]);
    const { available, guests } = await driver.memory(refs, options);
    const there = await mounts.list();
    const inMemory = new Set(there.filter(({ type }) => type === 'tmpfs').map(({ path }) => path));
    const measured = sessionIds.map(async (sessionId, index): Promise<SessionMemory | undefined> => {
      const [viewer, guacd] = guests.slice(index * 2);
      if (!viewer || !guacd) return undefined;
      const folder = places.of(sessionId);
      const record = inMemory.has(folder.files) ? await folder.bytesInMemory() : 0;
      return {
        sessionId,
        guestsMiB: Math.ceil((viewer.used + guacd.used) / MIB),
        peakMiB: Math.ceil((viewer.peak + guacd.peak) / MIB),
        recordMiB: Math.floor(record / MIB),
      };
    });
    return {
      availableMiB: Math.floor(available / MIB),
      sessions: (await Promise.all(measured)).filter((one) => one !== undefined),
    };
  }

  override watch(options: CallOptions): AsyncIterable<GuestEvent> {
    return this.parts.driver.watch(options);
  }

  override release(): Promise<void> {
    return this.parts.places.unshare();
  }

  override async register(sessionId: string, options: CallOptions): Promise<string> {
    const { places, register } = this.parts;
    const image = places.isCandidate(sessionId) ? places.imageOf(sessionId) : undefined;
    if (image === undefined || !this.proven.has(sessionId)) throw new Problem('viewers.admission-failed');
    // Not by what was seen at its start, but by what is seen at the end of its test.
    await this.examine(sessionId, 'viewer', options);
    if ((await this.word(sessionId)) !== 'showing') throw new Problem('viewers.admission-failed');
    return register.registrationOf(image);
  }

  override async sweepCandidates(options: CallOptions): Promise<void> {
    for (const id of await this.parts.places.candidatesThere()) await this.remove(id, options);
  }

  override openBuild(
    sessionId: string,
    permit: string,
    base: BuildBase,
    options: CallOptions,
  ): Promise<GuestExamination> {
    return this.turns.make(sessionId, () => this.parts.builds.open(sessionId, permit, base, options));
  }

  override freezeBuild(
    sessionId: string,
    permit: string,
    image: NewImage,
    options: CallOptions,
  ): Promise<FrozenImage> {
    return this.turns.make(sessionId, () => this.parts.builds.freeze(sessionId, permit, image, options));
  }

  override packages(imageDigest: string, options: CallOptions): Promise<Buffer | undefined> {
    return this.parts.builds.packages(imageDigest, options);
  }

  override draw(
    patientId: string,
    object: SealedObject,
    job: PictureJob,
    options: CallOptions,
  ): Promise<Buffer | undefined> {
    return this.parts.pictures.draw(patientId, object, job, options);
  }

  /** A folder that may be written to: something was permitted for it. */
  private permitted(sessionId: string): ViewerFolder {
    const { places } = this.parts;
    if (!places.isPermitted(sessionId)) throw refused('nothing was permitted');
    return places.of(sessionId);
  }

  private async look(ref: GuestRef, spec: GuestSpec, options: CallOptions): Promise<GuestExamination> {
    const seen = await this.parts.driver.examine(ref, spec, options);
    if (seen.breaches.length > 0)
      throw new Problem('hypervisor.unsafe-guest', {
        logContext: { role: spec.role, breaches: seen.breaches.join('; ') },
      });
    return seen;
  }

  /** All that a guest is made from. Nothing of it comes from outside but which image, and that has to be registered. */
  private async specOf(sessionId: string, wish: GuestWish, options: CallOptions): Promise<GuestSpec> {
    const { places, register } = this.parts;
    places.requireFolder(sessionId);
    if (wish.role === 'guacd')
      return guacdGuestSpec(await register.own('guacd', options), places.of(sessionId), sessionId);
    if (places.isCandidate(sessionId) !== (wish.role === 'candidate')) throw refused('another kind of guest');
    const build =
      wish.role === 'candidate'
        ? await register.candidate(wish, options)
        : await register.viewer(wish, wish.registration, options);
    const egress = wish.role === 'viewer' && wish.egress;
    // The kernel of strong walls and that of a machine reach no socket of this one.
    if (egress && build.isolation !== 'standard') throw refused('no way out of these walls');
    places.bindImage(sessionId, { ...build, egress });
    places.bindNetwork(sessionId, build.network);
    return viewerGuestSpec(build, places.of(sessionId), sessionId, { egress });
  }

  private isBuild(sessionId: string): boolean {
    return this.parts.places.buildOf(sessionId) !== undefined;
  }

  private refOf(sessionId: string, role: SessionRole): GuestRef {
    if (role === 'viewer' && this.isBuild(sessionId)) return this.parts.builds.plan(sessionId);
    return this.parts.driver.plan(this.shapeOf(sessionId, role));
  }

  /** What follows from session and role alone: name, folders and socket, and what its guest was promised. */
  private shapeOf(sessionId: string, role: SessionRole): GuestSpec {
    const { places } = this.parts;
    const folder = places.of(sessionId);
    const { isolation = 'standard', results = false, egress = false } = places.imageOf(sessionId) ?? {};
    return role === 'guacd'
      ? guacdGuestSpec('', folder, sessionId)
      : viewerGuestSpec(
          { imageDigest: '', network: places.networkOf(sessionId), resources: NOTHING, isolation, results },
          folder,
          sessionId,
          { egress },
        );
  }
}
