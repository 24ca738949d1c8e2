import type {
  CallOptions,
  Collection,
  GuestEvent,
  GuestExamination,
  GuestImage,
  GuestObservation,
  GuestRef,
  Isolation,
} from '@vitrine/hypervisor';
import type { ArrivingFile, OpenFile, ViewerNetwork, ViewerResources } from './image-contract.js';

/** The guests of one session. */
export type SessionRole = 'viewer' | 'guacd';

/**
 * Which guest is to be started. Image, command, folders, flags and limits follow from it, and nobody can name them: a
 * viewer is one that is registered, a candidate is one that is still to be tested and never sees anybody's data.
 */
export type GuestWish =
  | {
      readonly role: 'viewer';
      readonly imageDigest: string;
      readonly isolation: Isolation;
      readonly registration: string | null;
      /** It gets a folder for results. Only where its image states that it has use for one. */
      readonly results?: boolean | undefined;
      /** It sees the place of the socket that leads out; the permit has to say so too. */
      readonly egress: boolean;
    }
  | { readonly role: 'candidate'; readonly imageDigest: string; readonly isolation: Isolation }
  | { readonly role: 'guacd' };

/** A stored file and what opens it. It lies sealed in the vault, bound to patient, blob and version. */
export interface SealedObject {
  readonly blobId: string;
  /** Of its plain bytes. */
  readonly bytes: number;
  readonly version: number;
  /** Of this one object, 32 bytes in base64. */
  readonly key: string;
  /** Its name in the staging folder, where it was brought there because the vault is on another machine. */
  readonly staged?: string | undefined;
}

/** Where an object goes in the record: a neutral name of ours. */
export interface PlacedObject extends SealedObject {
  readonly path: string;
}

/** What a session will show, as it was asked for. The permit says the same, signed. */
export interface RecordClaim {
  readonly patientId: string;
  readonly blobIds: readonly string[];
  /** Plain bytes that will be laid out, pages included: sizes the memory. */
  readonly bytes: number;
  readonly files: number;
  /** It is more than should lie in memory: it goes sealed to the disk. */
  readonly scratch: boolean;
}

/** A picture of one stored file, drawn in a guest that lives for it alone. */
export type PictureJob =
  | { readonly kind: 'thumbnail'; readonly format: 'dicom' | 'pdf' | 'image' }
  | {
      readonly kind: 'render';
      /** From 1. */
      readonly frame: number;
      readonly width: number;
      readonly height: number;
      /** Smaller ones keep their size. */
      readonly onlyShrink: boolean;
      readonly window: { readonly center: number; readonly width: number } | undefined;
    };

export interface RegisteredImage extends GuestImage {
  /** For each kind of walls, without a test, where the image is one of this installation's own. */
  readonly registrations: Readonly<Record<Isolation, string>> | null;
}

/** An image to build on: one that is registered within these walls, whatever they will be around what is made of it. */
export interface BuildBase {
  readonly imageDigest: string;
  readonly isolation: Isolation;
  readonly registration: string | null;
}

/** What a build is frozen as: the fields of a manifest (see vm-images), and what the viewer runs. */
export interface NewImage {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly sentence: string;
  readonly licence: string;
  readonly formats: readonly string[];
  readonly rank: number;
  readonly resources: ViewerResources;
  readonly network: ViewerNetwork;
  readonly maximumMinutes: number;
  /** Without a shell; run within the walls of every viewer. */
  readonly command: readonly string[];
}

export interface FrozenImage {
  readonly reference: string;
  /** `sha256:…` */
  readonly digest: string;
}

export interface SessionGuest {
  readonly sessionId: string;
  readonly role: SessionRole;
  readonly name: string;
  readonly isRunning: boolean;
}

/** Everything of this installation's sessions that exists on the machine. */
export interface HostListing {
  readonly guests: readonly SessionGuest[];
  /** Sessions that have a folder. */
  readonly folders: readonly string[];
}

/** What one session has of the machine's memory, in MiB. */
export interface SessionMemory {
  readonly sessionId: string;
  /** Both guests now, without files that could be dropped and read again. */
  readonly guestsMiB: number;
  /** Both guests at most since they were made, such files included: an upper bound. */
  readonly peakMiB: number;
  /** Of its record, as far as that lies in memory. */
  readonly recordMiB: number;
}

/** The memory of the machine and of sessions, looked at at one time. */
export interface HostMemory {
  /** What can still be had before something has to give way, in MiB. */
  readonly availableMiB: number;
  /** Of those that were asked for, the ones that could be measured as a whole. */
  readonly sessions: readonly SessionMemory[];
}

/**
 * The one that may start guests, mount and open sealed files, and all that it does. It decides nothing about people:
 * who may see what is said by permits, which it checks. Session ids are ids of ours. Every call may be made again, and
 * ends when its signal fires; then nothing is being made any more. Failures are Problems, `hypervisor.unreachable` also
 * when the host itself does not answer.
 */
export abstract class SessionHost {
  /** Returns when the host answers. Throws `hypervisor.unreachable` when it does not within `ms`. */
  abstract whenThere(ms: number): Promise<void>;

  /** Looks an image up by tag or digest; undefined when the engine does not hold it. Never pulls. */
  abstract findImage(reference: string, options: CallOptions): Promise<RegisteredImage | undefined>;

  /** Which walls it can put around viewers, and may: the operator can forbid the standard ones. */
  abstract isolations(options: CallOptions): Promise<readonly Isolation[]>;

  /** The names that the guests of a session will have. Changes nothing. */
  abstract plan(
    sessionId: string,
    options: CallOptions,
  ): Promise<{ readonly viewer: GuestRef; readonly guacd: GuestRef }>;

  /** Makes the places of a session's guests, with an empty record. `candidate`: for the test of an image. */
  abstract prepare(sessionId: string, options: CallOptions & { candidate?: boolean }): Promise<void>;

  /**
   * Starts a guest and returns when it answers and its walls were looked at. Throws `sessions.not-permitted` for an image
   * that is not registered, or that is not the one that the session's permit names; `hypervisor.unsafe-guest` when a wall
   * is missing.
   */
  abstract start(sessionId: string, wish: GuestWish, options: CallOptions): Promise<GuestExamination>;

  /** What is seen of a guest now; `unreachable` says nothing about it. */
  abstract observe(sessionId: string, role: SessionRole, options: CallOptions): Promise<GuestObservation>;

  /** Looks at a guest's walls, one that was started earlier. Throws as `start` does. */
  abstract examine(sessionId: string, role: SessionRole, options: CallOptions): Promise<GuestExamination>;

  /**
   * Returns when the guest speaks its protocol. Throws `hypervisor.not-answering` when it does not within three seconds,
   * which the host counts, so that a host that hangs is not taken for a guest that does; or `hypervisor.unsafe-endpoint`.
   */
  abstract answers(sessionId: string, role: SessionRole, options: CallOptions): Promise<void>;

  /** Ends a guest, whatever it is doing. No-op when it is not there. */
  abstract destroy(sessionId: string, role: SessionRole, options: CallOptions): Promise<void>;

  /**
   * Makes room for the record and shows it to the guests. What an earlier try has laid out is still there. Throws
   * `sessions.not-permitted`, and `vault.disk-full` for what is to lie there.
   */
  abstract attach(
    sessionId: string,
    permit: string | null,
    claim: RecordClaim,
    options: CallOptions,
  ): Promise<void>;

  /**
   * How many parts of what is coming lie there whole, told by `writeArriving` in an earlier try; forgets what was laid out
   * of anything else. `coming` says of itself that nothing has arrived.
   */
  abstract resume(sessionId: string, coming: ArrivingFile, options: CallOptions): Promise<number>;

  /** Tells the guest which parts are there and what will come. */
  abstract writeArriving(sessionId: string, content: ArrivingFile, options: CallOptions): Promise<void>;

  /**
   * Opens objects into the record, in the order given; what an earlier try has begun of them is replaced. Throws
   * `sessions.not-permitted` and `vault.damaged`.
   */
  abstract copy(sessionId: string, objects: readonly PlacedObject[], options: CallOptions): Promise<void>;

  /** Writes a file that was made for the session. */
  abstract writePage(sessionId: string, path: string, bytes: Uint8Array, options: CallOptions): Promise<void>;

  /** Tells the guest that everything is there. */
  abstract writeOpen(sessionId: string, content: OpenFile, options: CallOptions): Promise<void>;

  /** True when `writeOpen` was reached. */
  abstract isLaidOut(sessionId: string, options: CallOptions): Promise<boolean>;

  /** What the viewer says of itself, one of `words`. The word is the guest's. */
  abstract word(sessionId: string, options: CallOptions): Promise<ViewerWord | undefined>;

  /**
   * Ends the viewer and hands over what it left in its folder for results, untrusted and bounded; undefined where it has
   * no such folder, or none any more, or where nothing was permitted. Takes nothing away: until `remove` it may be asked
   * again.
   */
  abstract collect(sessionId: string, options: CallOptions): Promise<Collection | undefined>;

  /** Those of the sessions in whose folder for results something lies now. */
  abstract withResults(sessionIds: readonly string[], options: CallOptions): Promise<readonly string[]>;

  /** Ends both guests and takes memory and folder away. What it showed is never shown under this id again. */
  abstract remove(sessionId: string, options: CallOptions): Promise<void>;

  abstract list(options: CallOptions): Promise<HostListing>;

  /** How much memory there is, and what these sessions have of it. The kernel's word, never a guest's. */
  abstract memory(sessionIds: readonly string[], options: CallOptions): Promise<HostMemory>;

  /** Hints that a guest changed; may lose some. */
  abstract watch(options: CallOptions): AsyncIterable<GuestEvent>;

  /** For the end of the installation, when no session is left. */
  abstract release(options: CallOptions): Promise<void>;

  /**
   * The registration of a candidate's image: its guest ran here, its walls stood, and it says that it shows what it was
   * given. Throws `viewers.admission-failed`.
   */
  abstract register(sessionId: string, options: CallOptions): Promise<string>;

  /** Takes away what tests of images left. */
  abstract sweepCandidates(options: CallOptions): Promise<void>;

  /**
   * Makes a copy of a registered image in which software can be installed, with a network and with made data, and returns
   * when its display answers. A session that was a viewer, or has a permit for a record, is never a build, nor the other
   * way round. Throws `sessions.not-permitted`.
   */
  abstract openBuild(
    sessionId: string,
    permit: string,
    base: BuildBase,
    options: CallOptions,
  ): Promise<GuestExamination>;

  /**
   * Makes an image of a build that runs, under a name of the host's making. It is registered for nothing yet. Throws
   * `sessions.not-permitted`, `viewers.not-a-viewer`, and `viewers.id-taken` for a version that exists.
   */
  abstract freezeBuild(
    sessionId: string,
    permit: string,
    image: NewImage,
    options: CallOptions,
  ): Promise<FrozenImage>;

  /** dpkg's list of what is installed in an image that says it is a viewer; undefined where it has none. Untrusted. */
  abstract packages(imageDigest: string, options: CallOptions): Promise<Buffer | undefined>;

  /** The bytes that the guest made, untrusted and bounded; undefined where it made none. */
  abstract draw(
    patientId: string,
    object: SealedObject,
    job: PictureJob,
    options: CallOptions,
  ): Promise<Buffer | undefined>;
}

/** waiting = nothing to open yet; refused = it shows a window that says why there is no picture. */
export const VIEWER_WORDS = ['waiting', 'opening', 'showing', 'refused'] as const;
export type ViewerWord = (typeof VIEWER_WORDS)[number];
