import { EventEmitter } from 'node:events';
import { chmodSync, chownSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { GuestEvent, GuestImage, GuestMemory, GuestSpec, Isolation } from '../src/hypervisor-driver.js';

/** A guest of the fake engine. */
export interface FakeGuest {
  readonly name: string;
  readonly installationId: string;
  readonly createdAt: Date;
  spec: GuestSpec;
  status: 'created' | 'running' | 'exited';
  exitCode: number | null;
  detail: string;
}

/** How guests behave; change it before `create`, or per guest by `ownerId` in `guests`. */
export interface FakeBehaviour {
  /** False: the guest runs and its socket never appears. */
  answers: boolean;
  /** What a viewer says of itself after its start; undefined: nothing. */
  word: string | undefined;
  /** True: ignores being asked to end and must be killed. */
  stubborn: boolean;
  /** What the engine does not confirm of a guest's walls. */
  breaches: readonly string[];
  /** Exit code of a start that dies at once; undefined: it lives. */
  diesWith: number | undefined;
  /** The program of a job; it may write to the host side of its `/output`. Its exit code. */
  job: (spec: GuestSpec) => Promise<number> | number;
}

/**
 * What stands for the engine: it outlives the drivers that are opened on it, as a real one does. A viewer gets a real
 * Unix socket that answers with an RFB banner, so that whoever talks to guests can be tested without an engine.
 */
export class FakeEngine {
  reachable = true;
  isolations: readonly Isolation[] = ['standard', 'strong'];
  readonly behaviour: FakeBehaviour = {
    answers: true,
    word: 'showing',
    stubborn: false,
    breaches: [],
    diesWith: undefined,
    job: () => 0,
  };
  /** By reference. Empty: every digest is known. */
  readonly images = new Map<string, GuestImage>();
  readonly guests = new Map<string, FakeGuest>();
  /** Names of guests that run and accept, and say nothing. A destroyed one is thawed: the next of that name is another. */
  readonly frozen = new Set<string>();
  /** In bytes; `of` is asked for guests that run. */
  memory: { available: number; of: (name: string) => GuestMemory | undefined } = {
    available: 1024 ** 4,
    of: () => ({ used: 1024 ** 2, peak: 2 * 1024 ** 2 }),
  };
  readonly events = new EventEmitter<{ event: [GuestEvent] }>().setMaxListeners(0);
  private readonly listening = new Map<string, { server: Server; sockets: Set<Socket> }>();

  holds(digest: string): boolean {
    return this.images.size === 0 || [...this.images.values()].some((image) => image.digest === digest);
  }

  async run(guest: FakeGuest): Promise<void> {
    guest.status = 'running';
    this.emit(guest, 'started');
    const { diesWith, answers, word, job } = this.behaviour;
    if (diesWith !== undefined) {
      this.end(guest, diesWith);
      return;
    }
    if (guest.spec.role === 'job') {
      void (async () => this.end(guest, await job(guest.spec)))();
      return;
    }
    if (answers && guest.spec.endpoint) await this.listen(guest);
    if (word !== undefined && guest.spec.role === 'viewer') this.say(guest.name, word);
  }

  /** The guest writes a word about itself beside its socket. */
  say(name: string, word: string): void {
    const endpoint = this.guests.get(name)?.spec.endpoint;
    if (endpoint) writeFileSync(join(dirname(endpoint.hostPath), 'status'), word);
  }

  /** Makes a guest end by itself, as after a crash. */
  end(guest: FakeGuest, exitCode: number, detail = 'exited'): void {
    if (guest.status !== 'running') return;
    Object.assign(guest, { status: 'exited', exitCode, detail });
    this.hangUp(guest);
    this.emit(guest, 'exited');
  }

  remove(guest: FakeGuest): void {
    this.end(guest, 137);
    this.guests.delete(guest.name);
    this.frozen.delete(guest.name);
    this.emit(guest, 'destroyed');
  }

  /** Ends all guests, so that a test leaves no socket open. */
  close(): void {
    for (const guest of [...this.guests.values()]) this.remove(guest);
  }

  private emit(guest: FakeGuest, kind: GuestEvent['kind']): void {
    this.events.emit('event', { name: guest.name, kind });
  }

  private async listen(guest: FakeGuest): Promise<void> {
    const { endpoint } = guest.spec;
    if (endpoint === undefined) return;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
      if (this.frozen.has(guest.name)) return;
      if (guest.spec.role === 'viewer') socket.write('RFB 003.008\n');
      // As guacd does when it is asked to join what does not exist.
      else socket.once('data', () => socket.end());
    });
    rmSync(endpoint.hostPath, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(endpoint.hostPath, resolve);
    });
    if (process.getuid?.() === 0) chownSync(endpoint.hostPath, endpoint.ownerUid, endpoint.ownerUid);
    chmodSync(endpoint.hostPath, 0o666);
    this.listening.set(guest.name, { server, sockets });
  }

  private hangUp(guest: FakeGuest): void {
    const heard = this.listening.get(guest.name);
    this.listening.delete(guest.name);
    heard?.server.close();
    for (const socket of heard?.sockets ?? []) socket.destroy();
  }
}
