import { existsSync, linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ISOLATIONS, type HostMounts, type Isolation } from '@vitrine/hypervisor';
import { isId, newId, Problem } from '@vitrine/kernel';
import { namesIn } from '../names-in.js';
import type { ViewerNetwork } from '../image-contract.js';
import { refused } from '../permits.js';
import { ViewerFolder } from '../viewer-folder.js';

/** A permit is over after a day at most; what was shown by it is remembered for longer. */
const REMEMBERED_MS = 25 * 60 * 60_000;
const WITH_RESULTS = 'results';
const WITH_EGRESS = 'egress';
/** In the place of walls: no walls are called so. */
const BUILD = 'build';
/** More of a kind is no use of a machine, but an attempt to fill its mount table. */
const MOST_FOLDERS = 1000;

/** In which program a session is shown, the walls around it, and whether it may leave results. */
export interface BoundImage {
  readonly imageDigest: string;
  readonly isolation: Isolation;
  /** It has a folder for results. */
  readonly results?: boolean | undefined;
}

/** Also what the guest of this one session may do. */
export interface BoundGuest extends BoundImage {
  /** It may speak with somebody outside. */
  readonly egress: boolean;
}

/** What a session was permitted, as its folder remembers it. */
interface BoundPermit {
  readonly permit: string;
  readonly patientId: string;
  readonly blobIds: readonly string[];
}

/**
 * The folders of sessions and of tests of images, and what each is bound to: one image and one permit, from the first
 * who named them until the folder goes. All of it lies in files that only the host can write, so a host that was
 * killed and started again knows it too.
 */
export class SessionPlaces {
  readonly root: string;
  private readonly candidates: string;
  private readonly spent: string;
  private readonly permitted = new Map<string, ReadonlySet<string>>();
  private shared: Promise<void> | undefined;

  constructor(
    runDir: string,
    /** On a disk: what is too large for memory, sealed. */
    private readonly scratch: string,
    private readonly mounts: HostMounts,
  ) {
    this.root = join(runDir, 'sessions');
    this.candidates = join(runDir, 'admission');
    this.spent = join(runDir, 'host', 'spent');
  }

  /** Lets guests that run see what is mounted in their folders later. To be called before they are made. */
  share(): Promise<void> {
    const roots = [this.root, this.candidates];
    return (this.shared ??= Promise.all(roots.map((root) => this.mounts.share(root))).then(
      () => undefined,
      (error: unknown) => {
        this.shared = undefined;
        throw error;
      },
    ));
  }

  async unshare(): Promise<void> {
    for (const root of [this.root, this.candidates]) await this.mounts.release(root);
    this.shared = undefined;
  }

  /** The folder of one session, whether it exists or not. */
  of(sessionId: string): ViewerFolder {
    return new ViewerFolder(this.pathOf(sessionId), this.mounts, join(this.scratch, sessionId));
  }

  /** Throws `sessions.not-permitted` for a session that was not prepared. */
  requireFolder(sessionId: string): void {
    if (!existsSync(this.pathOf(sessionId))) throw refused('it has no folder');
  }

  isCandidate(sessionId: string): boolean {
    return existsSync(join(this.candidates, checked(sessionId)));
  }

  /** Makes the places of the guests. */
  async prepare(sessionId: string, candidate: boolean): Promise<ViewerFolder> {
    const [place, other] = candidate ? [this.candidates, this.root] : [this.root, this.candidates];
    const path = join(place, checked(sessionId));
    if (!existsSync(path)) {
      if (existsSync(join(other, sessionId))) throw refused('it is another kind of session');
      const there = await namesIn(place);
      if (there.length >= MOST_FOLDERS) throw new Problem('sessions.host-full');
    }
    await this.share();
    const folder = new ViewerFolder(path, this.mounts, join(this.scratch, sessionId));
    await folder.prepare();
    return folder;
  }

  /** Sessions that have a folder in memory or on the disk: after a reboot only the latter is left. */
  async existing(): Promise<string[]> {
    const names = await Promise.all([this.root, this.scratch].map((folder) => namesIn(folder)));
    return [...new Set(names.flat())].filter((name) => isId(name));
  }

  async candidatesThere(): Promise<string[]> {
    return (await namesIn(this.candidates)).filter((name) => isId(name));
  }

  /** Binds the session to an image within walls. Throws `sessions.not-permitted` when it is bound to others. */
  bindImage(sessionId: string, { imageDigest, isolation, results, egress }: BoundGuest): void {
    const words = [
      imageDigest,
      isolation,
      ...(results ? [WITH_RESULTS] : []),
      ...(egress ? [WITH_EGRESS] : []),
    ];
    if (!bind(join(this.pathOf(sessionId), '.image'), words.join(' '))) throw refused('another image');
  }

  /**
   * Remembers which sockets its viewer was promised. Not with the image: whoever attaches a record knows the image by its
   * permit, but not what the image asks for.
   */
  bindNetwork(sessionId: string, network: ViewerNetwork): void {
    if (!bind(join(this.pathOf(sessionId), '.network'), network)) throw refused('another network');
  }

  /** The least where nothing was remembered. */
  networkOf(sessionId: string): ViewerNetwork {
    return readMark(join(this.pathOf(sessionId), '.network')) === 'loopback' ? 'loopback' : 'none';
  }

  /**
   * Makes the session a build on this image, for as long as it has a folder. Throws `sessions.not-permitted` when it is
   * anything else: what binds viewers binds builds, so that of two who come at once one is refused.
   */
  bindBuild(sessionId: string, imageDigest: string): void {
    if (this.isPermitted(sessionId) || this.isCandidate(sessionId)) throw refused('another kind of session');
    if (!bind(join(this.pathOf(sessionId), '.image'), `${imageDigest} ${BUILD}`))
      throw refused('another image');
  }

  /** What it is built on; undefined where it is no build. */
  buildOf(sessionId: string): string | undefined {
    const [imageDigest, kind] = readMark(join(this.pathOf(sessionId), '.image'))?.split(' ') ?? [];
    return kind === BUILD ? imageDigest : undefined;
  }

  imageOf(sessionId: string): BoundGuest | undefined {
    const [imageDigest, isolation, ...words] =
      readMark(join(this.pathOf(sessionId), '.image'))?.split(' ') ?? [];
    return imageDigest === undefined || isolation === BUILD
      ? undefined
      : {
          imageDigest,
          isolation: ISOLATIONS.find((known) => known === isolation) ?? 'standard',
          results: words.includes(WITH_RESULTS),
          egress: words.includes(WITH_EGRESS),
        };
  }

  /** Binds the session to a permit. Throws `sessions.not-permitted` when it is bound to another, or was shown before. */
  bindPermit(sessionId: string, bound: BoundPermit): void {
    if (existsSync(join(this.spent, checked(sessionId)))) throw refused('it was used before');
    if (!bind(this.permitPath(sessionId), JSON.stringify(bound))) throw refused('another permit');
    this.permitted.set(sessionId, new Set(bound.blobIds));
  }

  /** Whose files they are. Throws `sessions.not-permitted` unless each of them is part of the session's permit. */
  checkBlobs(sessionId: string, blobIds: readonly string[]): string {
    const text = readMark(this.permitPath(sessionId));
    if (text === undefined) throw refused('nothing was permitted');
    const bound = JSON.parse(text) as BoundPermit;
    const known = this.permitted.get(sessionId) ?? new Set(bound.blobIds);
    this.permitted.set(sessionId, known);
    if (!blobIds.every((id) => known.has(id))) throw refused('other files');
    return bound.patientId;
  }

  /** True when something of the record may be written: a permit was bound. */
  isPermitted(sessionId: string): boolean {
    return existsSync(this.permitPath(sessionId));
  }

  /** True where its viewer has a folder for results and the permit says so too. */
  mayLeaveResults(sessionId: string): boolean {
    return this.imageOf(sessionId)?.results === true && this.isPermitted(sessionId);
  }

  /** Those of the sessions in whose folder for results something lies now. */
  async withResults(sessionIds: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const id of sessionIds)
      if (this.mayLeaveResults(id) && (await this.of(id).hasResults())) found.push(id);
    return found;
  }

  /** From now on nothing is permitted under this id. */
  async spend(sessionId: string): Promise<void> {
    if (!this.isPermitted(sessionId)) return;
    await mkdir(this.spent, { recursive: true, mode: 0o700 });
    await writeFile(join(this.spent, checked(sessionId)), '', { mode: 0o600 });
  }

  /** Takes the folder away; its guests must be gone. */
  async remove(sessionId: string): Promise<void> {
    await this.of(sessionId).remove();
    this.permitted.delete(sessionId);
  }

  /** Forgets what was used so long ago that its permit is over anyway. */
  async forgetSpent(now: Date): Promise<void> {
    for (const name of await namesIn(this.spent)) {
      const path = join(this.spent, name);
      if (now.getTime() - (await stat(path)).mtimeMs > REMEMBERED_MS) await rm(path, { force: true });
    }
  }

  private permitPath(sessionId: string): string {
    return join(this.pathOf(sessionId), '.permit');
  }

  private pathOf(sessionId: string): string {
    const place = this.isCandidate(sessionId) ? this.candidates : this.root;
    return join(place, checked(sessionId));
  }
}

/** True when the mark says this now: the first who makes it decides. */
function bind(path: string, text: string): boolean {
  const draft = `${path}.${newId()}`;
  writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readFileSync(path, 'utf8') === text;
  } finally {
    unlinkSync(draft);
  }
}

function readMark(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function checked(sessionId: string): string {
  if (!isId(sessionId)) throw new Error('Not a session id.');
  return sessionId;
}
