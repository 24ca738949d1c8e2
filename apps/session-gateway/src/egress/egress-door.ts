import { chmodSync, rmSync } from 'node:fs';
import { setMaxListeners } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { egressText, type EgressTarget } from '@vitrine/session-host';
import type { Dialler } from './dialler.js';
import { serveLine, type LineRules } from './egress-line.js';
import { EgressTally, type EgressCount } from './egress-tally.js';

const MOST_LINES = 16;
const MIB = 1024 * 1024;
/** More than a question with a picture, less than a record. */
export const MOST_BYTES_OUT = 64 * MIB;
/** The folder lets nobody in but the gateway and the guest's group. */
const SOCKET_MODE = 0o660;

export interface DoorOptions {
  /** Of the socket, in a folder that is there. */
  readonly path: string;
  readonly targets: readonly EgressTarget[];
  readonly dialler: Dialler;
  readonly mostBytesOut?: number;
  /** Puts the first connection to each target on record. No byte passes before it resolves. */
  onContact(target: string): Promise<void>;
}

/** The way out of one guest: a socket of its own, the computers that it may speak with, and what is left of its limits. */
export class EgressDoor {
  private readonly tally = new EgressTally();
  private readonly ending = new AbortController();
  private readonly lines = new Set<Promise<void>>();
  private readonly contacts = new Map<string, Promise<void>>();
  private readonly server: Server;
  private readonly listed: ReadonlySet<string>;
  private bytesLeft: number;

  private constructor(private readonly options: DoorOptions) {
    this.listed = new Set(options.targets.map(egressText));
    this.bytesLeft = options.mostBytesOut ?? MOST_BYTES_OUT;
    this.server = createServer({ allowHalfOpen: true }, (guest) => this.accept(guest));
    this.server.maxConnections = MOST_LINES;
    // Each line listens, some of them twice.
    setMaxListeners(4 * MOST_LINES, this.ending.signal);
  }

  /** Listens. Rejects where there is no such folder (yet). */
  static async open(options: DoorOptions): Promise<EgressDoor> {
    const door = new EgressDoor(options);
    // A socket file outlives a killed process.
    rmSync(options.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      door.server.once('error', reject).listen(options.path, resolve);
    });
    door.server.on('error', () => door.shut());
    chmodSync(options.path, SOCKET_MODE);
    return door;
  }

  /** Ends all lines and lets nobody in any more, at once and for good. */
  shut(): void {
    if (this.ending.signal.aborted) return;
    this.ending.abort(new Error('shut'));
    this.server.close();
  }

  /** What was done through it, by target; final after `shut` and `whenQuiet`. */
  counts(): readonly (readonly [string, Readonly<EgressCount>])[] {
    return this.tally.entries();
  }

  async whenQuiet(): Promise<void> {
    await Promise.all(this.lines);
  }

  /** Once for each, however many connections come at the same time; again where it could not be recorded. */
  private contact(target: string): Promise<void> {
    const known = this.contacts.get(target);
    if (known) return known;
    const made = this.options.onContact(target).catch((error: unknown) => {
      this.contacts.delete(target);
      throw error;
    });
    this.contacts.set(target, made);
    return made;
  }

  private accept(guest: Socket): void {
    const line = serveLine(guest, this.rules()).finally(() => this.lines.delete(line));
    this.lines.add(line);
  }

  private rules(): LineRules {
    return {
      dialler: this.options.dialler,
      signal: this.ending.signal,
      isListed: (target) => this.listed.has(egressText(target)),
      mayGo: (target, bytesOut) => {
        if (bytesOut > this.bytesLeft) {
          this.bytesLeft = 0;
          return false;
        }
        this.bytesLeft -= bytesOut;
        this.tally.of(target).bytesOut += bytesOut;
        return true;
      },
      came: (target, bytesIn) => {
        this.tally.of(target).bytesIn += bytesIn;
      },
      allowed: async (target) => {
        await this.contact(egressText(target));
        this.tally.of(target).allowed++;
      },
      refused: (target) => this.tally.refuse(target),
    };
  }
}
