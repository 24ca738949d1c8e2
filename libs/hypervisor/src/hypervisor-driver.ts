/** Which kind of engine runs the guests. */
export type DriverKind = 'docker' | 'fake';

/** Every call has a deadline, and the caller owns it. A driver stops waiting when the signal fires. */
export interface CallOptions {
  readonly signal: AbortSignal;
}

/**
 * A host folder that the guest sees. Inside it is always nosuid, nodev, noexec, and read-only where it says `read`,
 * whatever the host's own mount allows. What is mounted on `hostPath` after the start is seen too if `hostPath` lies
 * below a shared place (`HostMounts.share`); it comes with its own flags, so use `HostMounts.expose` for that.
 */
export interface GuestMount {
  readonly hostPath: string;
  readonly guestPath: string;
  readonly access: 'read' | 'read-write';
}

export interface GuestLimits {
  readonly cpus: number;
  /** Memory and swap together: there is no swap, since swapped health data would lie on a disk in the clear. */
  readonly memoryMiB: number;
  readonly pids: number;
  /** Size of the one writable place, a tmpfs at `/tmp`. Counts towards the memory. */
  readonly scratchMiB: number;
}

/**
 * What stands between a guest and this machine. `standard`: the kernel's own walls (namespaces, no capabilities, a list
 * of system calls). `strong`: besides these a kernel of its own in between (gVisor), which answers the guest's system
 * calls itself, so that a hole in this machine's kernel cannot be reached from the guest. `vm`: a virtual machine with an
 * operating system of its own, for images that are machines (`GuestImage.isMachine`) and for no others.
 */
export const ISOLATIONS = ['standard', 'strong', 'vm'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

export interface GuestSpec {
  /** The session, or whatever else owns this guest; part of the guest's name and a label. */
  readonly ownerId: string;
  /** viewer = shows a display; guacd = one display bridge; job = runs to its end and leaves results. */
  readonly role: 'viewer' | 'guacd' | 'job';
  /** `sha256:…`; a tag is never started. */
  readonly imageDigest: string;
  /** Replaces the image's command; for jobs. Never holds text from outside. */
  readonly command?: readonly string[];
  /** `loopback` allows INET sockets, which reach 127.0.0.1 inside the guest and nothing else. */
  readonly network: 'none' | 'loopback';
  /** `standard` where it says nothing. */
  readonly isolation?: Isolation;
  readonly mounts: readonly GuestMount[];
  readonly limits: GuestLimits;
  /** No secrets: the environment of a guest can be read by everything in it. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where on the host the guest's listening socket will appear; absent for jobs. */
  readonly endpoint?: GuestEndpoint;
  /** Device node on the host that the guest gets as `/dev/kvm`. Only the machines' driver asks for it. */
  readonly kvm?: string;
}

/** A Unix socket that a guest listens on. It lies in a folder that the guest can write: open it with `openGuestSocket`. */
export interface GuestEndpoint {
  readonly hostPath: string;
  /** Only a socket of this owner is the guest's. */
  readonly ownerUid: number;
}

/** Names a guest before, while and after it exists. Persisted by the caller, opaque but for `name`. */
export interface GuestRef {
  readonly driver: DriverKind;
  readonly name: string;
  /** Versioned, so that a newer driver can still find a guest that an older one started. */
  readonly state: { readonly version: number; readonly data: Readonly<Record<string, string>> };
}

/** The `detail` of a guest of which the kernel has ended something because its memory was used up. */
export const OUT_OF_MEMORY = 'out of memory';

/** What was seen at one look. `unreachable` says nothing about the guest. */
export type GuestObservation =
  | { readonly status: 'created' }
  | { readonly status: 'running' }
  | { readonly status: 'exited'; readonly exitCode: number | null; readonly detail: string }
  | { readonly status: 'absent' }
  | { readonly status: 'unreachable'; readonly cause: Error };

export interface GuestProgress {
  readonly phase: 'create' | 'boot' | 'display';
  readonly message: string;
}

export interface GuestEvent {
  readonly name: string;
  readonly kind: 'started' | 'exited' | 'destroyed';
}

export interface GuestListing {
  readonly ref: GuestRef;
  readonly ownerId: string;
  /** `build`: made by a `Workshop`. */
  readonly role: GuestSpec['role'] | 'build';
  readonly createdAt: Date;
  /** As the engine has it: whether the guest answers is another question. */
  readonly isRunning: boolean;
}

/** How the kernel treats the system calls of a process: seccomp(2). `none`: as anybody's, or it does not say. */
export type SeccompMode = 'none' | 'strict' | 'filter';

export interface SeenMount {
  readonly path: string;
  readonly isReadOnly: boolean;
  /** Of `nosuid`, `nodev` and `noexec`, those that it has. */
  readonly flags: readonly string[];
}

/** A look at the walls of a guest that runs. */
export interface GuestExamination {
  /** Its network interfaces: `lo` at most. */
  readonly interfaces: readonly string[];
  /** What it has of files, without the kernel's own (`/proc`, `/sys`, `/dev`); as it names them. */
  readonly mounts: readonly SeenMount[];
  /** The places that it can write to, as it names them. */
  readonly writable: readonly string[];
  /**
   * Rights of root that it has on this machine, or could come to: `CAP_…`. Within strong walls those of the process that
   * opens its files.
   */
  readonly capabilities: readonly string[];
  readonly seccomp: SeccompMode;
  /** Filters that each of its system calls has to pass. */
  readonly filters: number;
  /** What kinds of sockets its list of system calls lets it make, as the engine confirms that list; `any` for all. */
  readonly socketFamilies: readonly string[];
  /** Of a machine: who carries out its instructions, the processor (`kvm`) or a translator (`tcg`). */
  readonly accelerator?: 'kvm' | 'tcg';
  /** What of the promised walls does not stand, in plain words; empty when all do. */
  readonly breaches: readonly string[];
}

/** What the kernel counts for a guest that runs, in bytes. */
export interface GuestMemory {
  /** Without files that could be dropped and read again. */
  readonly used: number;
  /** The most that it ever had at once, such files included: an upper bound. */
  readonly peak: number;
}

/** The memory of a machine and of guests on it, looked at at one time. */
export interface MachineMemory {
  /** What can still be had before something has to give way, in bytes. */
  readonly available: number;
  /** As they were asked for; undefined for one that does not run, and where the kernel does not say. */
  readonly guests: readonly (GuestMemory | undefined)[];
}

/** An image that the engine holds. */
export interface GuestImage {
  /** `sha256:…`, the digest that `GuestSpec.imageDigest` takes. */
  readonly digest: string;
  readonly bytes: number;
  readonly createdAt: Date;
  readonly labels: Readonly<Record<string, string>>;
  /** A virtual machine: it runs within the walls `vm` only, and nothing else does. */
  readonly isMachine?: boolean;
}

/**
 * Runs guests. A driver knows nothing of people, patients or HTTP. Its own failures are Problems
 * (`hypervisor.unreachable`, `hypervisor.image-missing`, …); a guest's condition is a value.
 */
export interface HypervisorDriver {
  readonly kind: DriverKind;

  /** Usable now? Throws `hypervisor.unreachable` with the reason. */
  probe(options: CallOptions): Promise<void>;

  /** Which walls it can put around guests; `standard` always. */
  isolations(options: CallOptions): Promise<readonly Isolation[]>;

  /** Pure: the reference under which `create` will make the guest. The caller saves it first. */
  plan(spec: GuestSpec): GuestRef;

  /**
   * Makes the guest; nothing runs yet. Idempotent on `ref.name`: a lost reply is answered by asking again. A guest of
   * this name that has never run and was made to another spec is replaced; one that runs or ran is left as it is.
   * Throws `hypervisor.isolation-missing` where the engine cannot give the walls that the spec asks for: a guest is
   * never made with lesser ones.
   */
  create(ref: GuestRef, spec: GuestSpec, options: CallOptions): Promise<GuestRef>;

  /**
   * Runs it and, if the spec has an endpoint, waits until it answers: a viewer with an RFB banner, others by accepting
   * a connection. Idempotent; a guest that has ended is not run again (`hypervisor.start-failed`).
   */
  start(
    ref: GuestRef,
    spec: GuestSpec,
    options: CallOptions & { onProgress?(progress: GuestProgress): void },
  ): Promise<void>;

  /**
   * Looks at the guest once and says what was seen, never what was expected. Safe at any time, also before `create`
   * and after `destroy` (`absent`), and from a process that did not start the guest. An engine that does not answer
   * yields `unreachable`: a patient's open study must survive a restart of the engine.
   */
  observe(ref: GuestRef, options: CallOptions): Promise<GuestObservation>;

  /**
   * Waits until the guest no longer runs, and says what was seen then (`exited`, `absent`, or `unreachable` when the
   * engine went away or the signal fired). For jobs; a session is watched instead.
   */
  waitForEnd(ref: GuestRef, options: CallOptions): Promise<GuestObservation>;

  /** Asks it to end, then ends it after `graceMs`. No-op when absent. */
  stop(ref: GuestRef, options: CallOptions & { graceMs: number }): Promise<void>;

  /** Removes guest and scratch, running or not; never what was mounted. No-op when absent. */
  destroy(ref: GuestRef, options: CallOptions): Promise<void>;

  /**
   * Whether the walls that every guest is promised stand around this one, which runs: by what the engine made and by
   * what the host enforces, never by what the guest says. Throws `hypervisor.start-failed` when it does not run.
   */
  examine(ref: GuestRef, spec: GuestSpec, options: CallOptions): Promise<GuestExamination>;

  /** How much memory there is and what these guests have of it: the kernel's word, never a guest's. */
  memory(refs: readonly GuestRef[], options: CallOptions): Promise<MachineMemory>;

  /** Everything that bears this installation's label, whoever started it. */
  list(options: CallOptions): Promise<readonly GuestListing[]>;

  /** Hints that something changed; may lose events, ends when the engine goes away. `observe` is the truth. */
  watch(options: CallOptions): AsyncIterable<GuestEvent>;

  /** Looks an image up by reference (tag or digest); undefined when the engine does not hold it. Never pulls. */
  findImage(reference: string, options: CallOptions): Promise<GuestImage | undefined>;
}

export const HYPERVISOR = Symbol('HypervisorDriver');
