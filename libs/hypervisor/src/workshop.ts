import type {
  CallOptions,
  GuestEndpoint,
  GuestExamination,
  GuestImage,
  GuestLimits,
  GuestRef,
} from './hypervisor-driver.js';

/**
 * A guest in which software is installed: a copy of an image that may be changed, by its own root, with a network. It is
 * no `GuestSpec`: nothing here could name a record, and nothing there a network.
 */
export interface BuildSpec {
  readonly ownerId: string;
  /** `sha256:…` of the image that is changed. */
  readonly imageDigest: string;
  /** Made data, seen read-only at `/record`. */
  readonly samplesPath: string;
  /** The one folder of this machine that it can write to, at `/run/display`. */
  readonly displayPath: string;
  /** Seen read-only at `/mnt`, which every Debian has: the desk, which runs in it and is no part of the image. */
  readonly deskPath: string;
  readonly limits: GuestLimits;
  readonly endpoint: GuestEndpoint;
}

/** What becomes of a guest that is frozen into an image. Everything else is as the image had it that was built on. */
export interface Freeze {
  /** Without a tag. */
  readonly repository: string;
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
  /** A file of the image that is made anew, by the host. */
  readonly file: { readonly folder: string; readonly name: string; readonly content: Buffer };
}

/** Makes images: opens guests that may be changed, and freezes them. Failures are Problems, as those of a driver. */
export abstract class Workshop {
  /** Pure: the name of the guest. A driver observes and lists it like any other. */
  abstract plan(ownerId: string): GuestRef;

  /**
   * Makes the guest and a network of its own, which leads to public addresses only, and returns when its display answers.
   * May be called again.
   */
  abstract open(spec: BuildSpec, options: CallOptions): Promise<GuestExamination>;

  /** Whether it is what it was to be, and nothing more. */
  abstract examine(spec: BuildSpec, options: CallOptions): Promise<GuestExamination>;

  /** How much of the engine's disk it takes beside the image that it is a copy of. Files with holes count as if full. */
  abstract bytes(ownerId: string, options: CallOptions): Promise<number>;

  /**
   * Makes an image of the guest, which stands still for that long and then goes on. What lay in its scratch places, in
   * memory and in mounted folders is no part of it.
   */
  abstract freeze(spec: BuildSpec, into: Freeze, options: CallOptions): Promise<GuestImage>;

  /** Removes guest and network, whatever runs in it. No-op when absent. */
  abstract close(ownerId: string, options: CallOptions): Promise<void>;

  /** Removes networks whose guest is gone. */
  abstract sweep(options: CallOptions): Promise<void>;

  /**
   * One file of an image, without running anything of it; undefined where it has none, or none of at most so many bytes.
   * Untrusted.
   */
  abstract readFile(
    imageDigest: string,
    path: string,
    maximumBytes: number,
    options: CallOptions,
  ): Promise<Buffer | undefined>;
}
