import { join } from 'node:path';
import type { GuestEndpoint, GuestLimits, GuestSpec, Isolation } from '@vitrine/hypervisor';

/** The image contract (see vm-images): what every viewer image promises and may rely on. */
export const CONTRACT = {
  version: '1',
  /** User and group of everything in a guest. */
  uid: 1000,
  versionLabel: 'org.vitrine.contract',
  manifestLabel: 'org.vitrine.manifest',
  guestPaths: {
    record: '/record',
    display: '/run/display',
    guacd: '/run/guacd',
    results: '/results',
    egress: '/run/egress',
  },
  /** Appears last in the record, by rename: the sign that everything else is there. */
  openFile: 'open.json',
  /** Stands in the record while a part of it is there and the rest on its way. */
  arrivingFile: 'arriving.json',
  displaySocket: 'vnc.sock',
  statusFile: 'status',
  guacdSocket: 'guacd.sock',
  /** Within the session's folder, on the host. */
  egressFolder: 'egress',
  /** HTTP CONNECT to the few computers that were allowed; only in guests that may speak with any. */
  egressSocket: 'proxy.sock',
} as const;

/** What `open.json` says: the items to open and their files, under neutral names. */
export interface OpenFile {
  readonly version: 1;
  readonly items: readonly {
    readonly id: string;
    readonly kind: string;
    readonly title: string;
    readonly files: readonly { readonly path: string; readonly format: string }[];
  }[];
}

/**
 * What `arriving.json` says, replaced by a rename whenever a part is there: everything that is coming, in parts that a
 * viewer can show one by one. The first is what it opens first.
 */
export interface ArrivingFile extends OpenFile {
  /** The parts with a lower number are there, whole. No DICOM series is spread over several. */
  readonly arrived: number;
  readonly items: readonly (Omit<OpenFile['items'][number], 'files'> & {
    /** Of an imaging item; untrusted. */
    readonly studyInstanceUid?: string | undefined;
    readonly files: readonly { readonly path: string; readonly format: string; readonly part: number }[];
  })[];
}

/** The host side of one guest pair: one folder with a place each for record, display, guacd and egress. */
export interface FolderPaths {
  readonly record: string;
  readonly display: string;
  readonly guacd: string;
  /** Where the viewer may leave results, for those that have it. */
  readonly results: string;
  readonly egress: string;
}

export const displayEndpoint = (folder: FolderPaths): GuestEndpoint => ({
  hostPath: join(folder.display, CONTRACT.displaySocket),
  ownerUid: CONTRACT.uid,
});

export const guacdEndpoint = (folder: FolderPaths): GuestEndpoint => ({
  hostPath: join(folder.guacd, CONTRACT.guacdSocket),
  ownerUid: CONTRACT.uid,
});

/** Which seccomp profile the guest runs under; `loopback` adds 127.0.0.1 inside the guest and nothing else. */
export type ViewerNetwork = GuestSpec['network'];

/** `scratchMiB` is the size of the guest's writable tmpfs; it counts towards its memory. */
export type ViewerResources = GuestLimits;

export interface ViewerBuild {
  readonly imageDigest: string;
  readonly network: ViewerNetwork;
  readonly resources: ViewerResources;
  readonly isolation: Isolation;
  /** It has a folder for results. */
  readonly results?: boolean;
}

/**
 * The guest that runs the viewer: sees its record and nothing else, writes its display folder and, where it has one, its
 * folder for results and nothing else. `egress`: it may connect to the proxy.
 */
export const viewerGuestSpec = (
  build: ViewerBuild,
  folder: FolderPaths,
  ownerId: string,
  { egress }: { readonly egress: boolean },
): GuestSpec => ({
  ownerId,
  role: 'viewer',
  imageDigest: build.imageDigest,
  network: build.network,
  isolation: build.isolation,
  mounts: [
    { hostPath: folder.record, guestPath: CONTRACT.guestPaths.record, access: 'read' },
    { hostPath: folder.display, guestPath: CONTRACT.guestPaths.display, access: 'read-write' },
    ...(build.results
      ? [
          {
            hostPath: folder.results,
            guestPath: CONTRACT.guestPaths.results,
            access: 'read-write' as const,
          },
        ]
      : []),
    ...(egress
      ? [{ hostPath: folder.egress, guestPath: CONTRACT.guestPaths.egress, access: 'read' as const }]
      : []),
  ],
  limits: { ...build.resources },
  endpoint: displayEndpoint(folder),
});

/** A display bridge may take what four people need who look at a display of 3840×2160 (ADR 0050). */
export const GUACD_LIMITS: GuestLimits = { cpus: 1, memoryMiB: 512, pids: 256, scratchMiB: 8 };
/** What a session counts for its bridge: few displays are that large, and few sessions have that many who look. */
export const GUACD_USUAL_MIB = 192;

/** The guest that runs guacd for this one session. A guacd that was taken over sees one display: this one. */
export const guacdGuestSpec = (imageDigest: string, folder: FolderPaths, ownerId: string): GuestSpec => ({
  ownerId,
  role: 'guacd',
  imageDigest,
  network: 'none',
  mounts: [
    { hostPath: folder.display, guestPath: CONTRACT.guestPaths.display, access: 'read' },
    { hostPath: folder.guacd, guestPath: CONTRACT.guestPaths.guacd, access: 'read-write' },
  ],
  limits: GUACD_LIMITS,
  endpoint: guacdEndpoint(folder),
});

/** Where a test of an image finds the display of its guest. */
export const candidateDisplay = (runDir: string, sessionId: string): GuestEndpoint =>
  displayEndpoint({
    record: '',
    guacd: '',
    results: '',
    egress: '',
    display: join(runDir, 'admission', sessionId, 'display'),
  });
