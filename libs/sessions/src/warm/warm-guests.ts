import { Inject, Injectable } from '@nestjs/common';
import {
  connectGuestSocket,
  HYPERVISOR,
  probeRfb,
  type GuestSpec,
  type HypervisorDriver,
} from '@vitrine/hypervisor';
import { newId, withDeadline } from '@vitrine/kernel';
import {
  displayEndpoint,
  guacdEndpoint,
  guacdGuestSpec,
  viewerGuestSpec,
  type Viewer,
  type ViewerFolder,
} from '@vitrine/viewers';
import { SessionFolders } from '../session-folders.js';

const START_MS = 45_000;
const DESTROY_MS = 30_000;
/** Somebody waits for the answer, and can have a new guest instead. */
const ANSWER_MS = 300;

/** What guests are made from before anybody asks. Without a viewer it is a display bridge, which fits every viewer. */
export interface WarmWish {
  readonly viewer?: Viewer;
  readonly guacdDigest: string;
}

/** Guests that have seen nobody's data, under the id that the session will have that takes them. */
export interface WarmSet {
  readonly id: string;
  /** Everything that they were made from; only who wants exactly this may have them. */
  readonly made: string;
  readonly roles: readonly GuestSpec['role'][];
  /** The most memory that they can take. */
  readonly memoryMiB: number;
}

/** What such guests are made from, as one word. */
export const madeFrom = ({ viewer, guacdDigest }: WarmWish): string =>
  JSON.stringify([
    viewer && [viewer.imageDigest, viewer.network, viewer.resources, viewer.isolation],
    guacdDigest,
  ]);

export const rolesOf = ({ viewer }: WarmWish): WarmSet['roles'] => (viewer ? ['viewer', 'guacd'] : ['guacd']);

/** Makes guests before anybody asked for them, and takes away those that nobody wants. */
@Injectable()
export class WarmGuests {
  constructor(
    private readonly folders: SessionFolders,
    @Inject(HYPERVISOR) private readonly driver: HypervisorDriver,
  ) {}

  /** Tells the id before anything exists under it. Whatever was begun is taken away again when it fails. */
  async make(
    { viewer, guacdDigest }: WarmWish,
    began: (id: string) => void,
    signal: AbortSignal,
  ): Promise<string> {
    const id = newId();
    began(id);
    const folder = this.folders.of(id);
    try {
      await this.folders.share();
      await folder.prepare();
      const start = async (inTime: AbortSignal) => {
        const specs = [
          ...(viewer ? [viewerGuestSpec(viewer, folder, id)] : []),
          guacdGuestSpec(guacdDigest, folder, id),
        ];
        // One by one: nobody waits for these, and people's own starts go first.
        for (const spec of specs)
          await this.driver.start(
            await this.driver.create(this.driver.plan(spec), spec, { signal: inTime }),
            spec,
            { signal: inTime },
          );
      };
      await withDeadline(START_MS, 'hypervisor.took-too-long', start, signal);
      return id;
    } catch (error) {
      await this.takeAway(id);
      throw error;
    }
  }

  /** Whether all of them still speak their protocols. */
  async answer({ id, roles }: WarmSet): Promise<boolean> {
    const folder = this.folders.of(id);
    try {
      await withDeadline(ANSWER_MS, 'hypervisor.not-answering', (signal) =>
        Promise.all([
          roles.includes('viewer') && probeRfb(displayEndpoint(folder), signal),
          connectGuestSocket(guacdEndpoint(folder), { signal }).then((socket) => socket.destroy()),
        ]),
      );
      return true;
    } catch {
      return false;
    }
  }

  /** Removes guests, memory and folder. Throws when the engine does not do it in time; the sweep finds them then. */
  async takeAway(id: string): Promise<void> {
    const folder = this.folders.of(id);
    await withDeadline(DESTROY_MS, 'hypervisor.unreachable', (signal) =>
      Promise.all(
        this.guestsOf(id, folder).map((spec) => this.driver.destroy(this.driver.plan(spec), { signal })),
      ),
    );
    await folder.remove();
  }

  /** Guests are found by their names, which follow from role and owner alone. */
  private guestsOf(id: string, folder: ViewerFolder): GuestSpec[] {
    const nothing = { cpus: 1, memoryMiB: 1, pids: 1, scratchMiB: 1 };
    return [
      viewerGuestSpec(
        { imageDigest: '', network: 'none', resources: nothing, isolation: 'standard' },
        folder,
        id,
      ),
      guacdGuestSpec('', folder, id),
    ];
  }
}
