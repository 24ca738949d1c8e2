import type {
  CallOptions,
  Collection,
  GuestEvent,
  GuestExamination,
  GuestObservation,
  GuestRef,
  Isolation,
} from '@vitrine/hypervisor';
import { delay, Problem } from '@vitrine/kernel';
import type { Checkpoint, Notary, NotaryState } from '@vitrine/sealing';
import { hostSocketPath, readControlKey } from '../host-keys.js';
import type { ArrivingFile, OpenFile } from '../image-contract.js';
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
  type SessionRole,
  type ViewerWord,
} from '../session-host.js';
import type { WireCollection, WireObservation } from './answers.js';
import { HostConnection, type Reply } from './host-connection.js';
import type { Question, QuestionName } from './questions.js';
import { fromWire } from './wire-problem.js';

/** After a connection that could not be made. */
const PAUSE_MS = 100;
/** A host that is started anew is there again within this, and nobody has to hear that it was away. */
const PATIENCE_MS = 3_000;

/** The host in another process. Connects when first asked, and again when the host was started anew. */
export class RemoteSessionHost extends SessionHost {
  /** The one on the other side. */
  readonly notary: Notary = {
    state: async ({ signal }) => {
      const { result } = await this.ask('notaryState', {}, { signal });
      const { publicKey, last } = result as NotaryState;
      return { publicKey, last: last ?? undefined };
    },
    sign: async (claim, { signal }) =>
      (await this.ask('signCheckpoint', { claim: { ...claim } }, { signal })).result as Checkpoint,
  };
  private connection: Promise<HostConnection> | undefined;

  constructor(private readonly runDir: string) {
    super();
  }

  override async whenThere(ms: number): Promise<void> {
    for (const giveUp = Date.now() + ms; ;) {
      try {
        await this.connected();
        return;
      } catch (error) {
        if (Date.now() > giveUp) throw error;
        await delay(PAUSE_MS);
      }
    }
  }

  override async findImage(reference: string, options: CallOptions): Promise<RegisteredImage | undefined> {
    const found = await this.ask('findImage', { reference }, options);
    const image = found.result as (Omit<RegisteredImage, 'createdAt'> & { createdAt: string }) | null;
    return image === null ? undefined : { ...image, createdAt: new Date(image.createdAt) };
  }

  override async isolations(options: CallOptions): Promise<readonly Isolation[]> {
    return (await this.ask('isolations', {}, options)).result as readonly Isolation[];
  }

  override async plan(
    sessionId: string,
    options: CallOptions,
  ): Promise<{ viewer: GuestRef; guacd: GuestRef }> {
    return (await this.ask('plan', { sessionId }, options)).result as { viewer: GuestRef; guacd: GuestRef };
  }

  override async prepare(
    sessionId: string,
    { candidate = false, signal }: CallOptions & { candidate?: boolean },
  ): Promise<void> {
    await this.ask('prepare', { sessionId, candidate }, { signal });
  }

  override async start(sessionId: string, wish: GuestWish, options: CallOptions): Promise<GuestExamination> {
    return (await this.ask('start', { sessionId, wish }, options)).result as GuestExamination;
  }

  override async observe(
    sessionId: string,
    role: SessionRole,
    options: CallOptions,
  ): Promise<GuestObservation> {
    try {
      const seen = (await this.ask('observe', { sessionId, role }, options)).result as WireObservation;
      return seen.status === 'unreachable' ? { status: 'unreachable', cause: fromWire(seen.problem) } : seen;
    } catch (error) {
      return { status: 'unreachable', cause: Problem.from(error) };
    }
  }

  override async examine(
    sessionId: string,
    role: SessionRole,
    options: CallOptions,
  ): Promise<GuestExamination> {
    return (await this.ask('examine', { sessionId, role }, options)).result as GuestExamination;
  }

  override async answers(sessionId: string, role: SessionRole, options: CallOptions): Promise<void> {
    await this.ask('answers', { sessionId, role }, options);
  }

  override async destroy(sessionId: string, role: SessionRole, options: CallOptions): Promise<void> {
    await this.ask('destroy', { sessionId, role }, options);
  }

  override async attach(
    sessionId: string,
    permit: string | null,
    claim: RecordClaim,
    options: CallOptions,
  ): Promise<void> {
    await this.ask('attach', { sessionId, permit, claim }, options);
  }

  override async resume(sessionId: string, coming: ArrivingFile, options: CallOptions): Promise<number> {
    return (await this.ask('resume', { sessionId, coming }, options)).result as number;
  }

  override async writeArriving(
    sessionId: string,
    content: ArrivingFile,
    options: CallOptions,
  ): Promise<void> {
    await this.ask('writeArriving', { sessionId, content }, options);
  }

  override async copy(
    sessionId: string,
    objects: readonly PlacedObject[],
    options: CallOptions,
  ): Promise<void> {
    await this.ask('copy', { sessionId, objects }, options);
  }

  override async writePage(
    sessionId: string,
    path: string,
    bytes: Uint8Array,
    options: CallOptions,
  ): Promise<void> {
    await this.ask('writePage', { sessionId, path, content: Buffer.from(bytes).toString('base64') }, options);
  }

  override async writeOpen(sessionId: string, content: OpenFile, options: CallOptions): Promise<void> {
    await this.ask('writeOpen', { sessionId, content }, options);
  }

  override async isLaidOut(sessionId: string, options: CallOptions): Promise<boolean> {
    return (await this.ask('isLaidOut', { sessionId }, options)).result as boolean;
  }

  override async word(sessionId: string, options: CallOptions): Promise<ViewerWord | undefined> {
    return ((await this.ask('word', { sessionId }, options)).result as ViewerWord | null) ?? undefined;
  }

  override async collect(sessionId: string, options: CallOptions): Promise<Collection | undefined> {
    const { result, bytes } = await this.ask('collect', { sessionId }, options);
    if (result === null) return undefined;
    const { files, refused } = result as WireCollection;
    let at = 0;
    const next = (count: number) => bytes.subarray(at, (at += count));
    return {
      files: files.map(({ name, bytes: count }) => ({ name, untrustedContent: next(count) })),
      refused,
    };
  }

  override async withResults(
    sessionIds: readonly string[],
    options: CallOptions,
  ): Promise<readonly string[]> {
    return (await this.ask('withResults', { sessionIds }, options)).result as readonly string[];
  }

  override async remove(sessionId: string, options: CallOptions): Promise<void> {
    await this.ask('remove', { sessionId }, options);
  }

  override async list(options: CallOptions): Promise<HostListing> {
    return (await this.ask('list', {}, options)).result as HostListing;
  }

  override async memory(sessionIds: readonly string[], options: CallOptions): Promise<HostMemory> {
    return (await this.ask('memory', { sessionIds }, options)).result as HostMemory;
  }

  override async *watch({ signal }: CallOptions): AsyncIterable<GuestEvent> {
    const events: GuestEvent[] = [];
    let wake = (): void => undefined;
    const state = { over: false };
    const end = this.ask('watch', {}, { signal }, (event) => {
      events.push(event as GuestEvent);
      wake();
    }).finally(() => {
      state.over = true;
      wake();
    });
    // Looked at below; until then nobody waits for it.
    end.catch(() => undefined);
    for (;;) {
      for (let event = events.shift(); event !== undefined; event = events.shift()) yield event;
      if (state.over) break;
      await new Promise<void>((resolve) => (wake = resolve));
    }
    if (!signal.aborted) await end;
  }

  override async release(options: CallOptions): Promise<void> {
    await this.ask('release', {}, options);
  }

  override async register(sessionId: string, options: CallOptions): Promise<string> {
    return (await this.ask('register', { sessionId }, options)).result as string;
  }

  override async sweepCandidates(options: CallOptions): Promise<void> {
    await this.ask('sweepCandidates', {}, options);
  }

  override async openBuild(
    sessionId: string,
    permit: string,
    base: BuildBase,
    options: CallOptions,
  ): Promise<GuestExamination> {
    return (await this.ask('openBuild', { sessionId, permit, base }, options)).result as GuestExamination;
  }

  override async freezeBuild(
    sessionId: string,
    permit: string,
    image: NewImage,
    options: CallOptions,
  ): Promise<FrozenImage> {
    return (await this.ask('freezeBuild', { sessionId, permit, image }, options)).result as FrozenImage;
  }

  override async packages(imageDigest: string, options: CallOptions): Promise<Buffer | undefined> {
    const { result, bytes } = await this.ask('packages', { imageDigest }, options);
    return result === null ? undefined : bytes;
  }

  override async draw(
    patientId: string,
    object: SealedObject,
    job: PictureJob,
    options: CallOptions,
  ): Promise<Buffer | undefined> {
    const { result, bytes } = await this.ask('draw', { patientId, object, job }, options);
    return result === null ? undefined : bytes;
  }

  /** Lets go of the host; guests go on. */
  close(): void {
    void this.connection?.then(
      (connection) => connection.close(),
      () => undefined,
    );
  }

  private async ask<N extends QuestionName>(
    name: N,
    question: Question<N>,
    { signal }: CallOptions,
    onEvent?: (event: unknown) => void,
  ): Promise<Reply> {
    const connection = await this.awaited(signal);
    return connection.ask(name, question, signal, onEvent);
  }

  /** Nothing was asked yet, so it may be tried again until the host is there. */
  private async awaited(signal: AbortSignal): Promise<HostConnection> {
    for (const giveUp = Date.now() + PATIENCE_MS; ;) {
      try {
        return await this.connected();
      } catch (error) {
        if (signal.aborted || Date.now() > giveUp) throw error;
        await delay(PAUSE_MS);
      }
    }
  }

  private connected(): Promise<HostConnection> {
    return (this.connection ??= this.connect());
  }

  private connect(): Promise<HostConnection> {
    const made = HostConnection.open(hostSocketPath(this.runDir), () => readControlKey(this.runDir));
    const forget = () => {
      if (this.connection === made) this.connection = undefined;
    };
    // One that failed is not asked again at once by everybody who waits; one that ended is replaced at the next question.
    made.then(
      (connection) => connection.onEnd(forget),
      () => setTimeout(forget, PAUSE_MS).unref(),
    );
    return made;
  }
}
