import { Injectable } from '@nestjs/common';
import { newId, withDeadline } from '@vitrine/kernel';
import { SessionHost, type GuestWish, type SessionRole } from '@vitrine/session-host';
import { leavesResults, type Viewer } from '@vitrine/viewers';

const START_MS = 45_000;
const REMOVE_MS = 30_000;
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
  readonly roles: readonly SessionRole[];
  /** The most memory that they can take. */
  readonly memoryMiB: number;
}

/** What such guests are made from, as one word. */
export const madeFrom = ({ viewer, guacdDigest }: WarmWish): string =>
  JSON.stringify([
    viewer && [viewer.imageDigest, viewer.network, viewer.resources, viewer.isolation, leavesResults(viewer)],
    guacdDigest,
  ]);

export const rolesOf = ({ viewer }: WarmWish): WarmSet['roles'] => (viewer ? ['viewer', 'guacd'] : ['guacd']);

/** Makes guests before anybody asked for them, and takes away those that nobody wants. */
@Injectable()
export class WarmGuests {
  constructor(private readonly host: SessionHost) {}

  /** Tells the id before anything exists under it. Whatever was begun is taken away again when it fails. */
  async make({ viewer }: WarmWish, began: (id: string) => void, signal: AbortSignal): Promise<string> {
    const wishes: GuestWish[] = [...(viewer ? [wishFor(viewer)] : []), { role: 'guacd' }];
    const id = newId();
    began(id);
    try {
      const start = async (inTime: AbortSignal) => {
        await this.host.prepare(id, { signal: inTime });
        // One by one: nobody waits for these, and people's own starts go first.
        for (const guest of wishes) await this.host.start(id, guest, { signal: inTime });
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
    try {
      await withDeadline(ANSWER_MS, 'hypervisor.not-answering', (signal) =>
        Promise.all(roles.map((role) => this.host.answers(id, role, { signal }))),
      );
      return true;
    } catch {
      return false;
    }
  }

  /** Removes guests, memory and folder. Throws when the engine does not do it in time; the sweep finds them then. */
  async takeAway(id: string): Promise<void> {
    await withDeadline(REMOVE_MS, 'hypervisor.unreachable', (signal) => this.host.remove(id, { signal }));
  }
}

const wishFor = ({ imageDigest, isolation, registration, results }: Viewer): GuestWish => ({
  role: 'viewer',
  imageDigest,
  isolation,
  registration,
  results: leavesResults({ results }),
  egress: false,
});
