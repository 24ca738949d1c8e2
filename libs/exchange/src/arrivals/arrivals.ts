import type { UploadStore } from '../uploads/upload-store.js';
import type { PackWriter } from '../uploads/pack-writer.js';

/** A provider's system: its PACS, or its login for FTPS. */
export interface SendingSystem {
  readonly id: string;
  readonly accountId: string;
}

export interface BegunArrival {
  readonly id: string;
  /** Under whose key the files are sealed (`UploadSeals.ofPack`). */
  readonly keyOwnerId: string;
  /** Bytes that may come. */
  readonly room: number;
}

/** Where something goes that arrives: into a patient's record by a code, or into the provider's inbox. */
export interface Destination {
  /** The same for connections that belong together. */
  readonly key: string;
  /** Makes the row under whose id the files lie. */
  begin(): Promise<BegunArrival>;
  /** Everything has arrived. Must be repeatable: what a crash interrupts is done again at the next start. */
  settle(id: string): Promise<void>;
}

export interface ArrivalPauses {
  /** After the last connection has gone (ms). Some systems open one for each file. */
  readonly afterReleaseMs: number;
  /** After the last file while a connection stays open (ms). */
  readonly whileOpenMs: number;
  /** Before what could not be handed on is tried again (ms). */
  readonly againAfterMs: number;
}

export const ARRIVAL_PAUSES: ArrivalPauses = {
  afterReleaseMs: 5_000,
  whileOpenMs: 60_000,
  againAfterMs: 60_000,
};

/** Files that arrive together, over one or several connections: associations of DICOM, or logins by FTPS. */
export class Arrival {
  readonly visits = new Set<object>();
  underWay = 0;
  files = 0;
  /** Bytes that may still come. */
  room: number;
  timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly begun: BegunArrival,
    readonly destination: Destination,
    private readonly uploads: UploadStore,
  ) {
    this.room = begun.room;
  }

  get id(): string {
    return this.begun.id;
  }

  newPack(): Promise<PackWriter> {
    return this.uploads.newPack(this.id, this.begun.keyOwnerId);
  }
}

/** Puts connections together into arrivals, and has each examined when nothing more comes. */
export class Arrivals {
  private readonly open = new Map<string, Promise<Arrival>>();
  private forgotten = false;
  private readonly settling = new Set<Promise<void>>();
  private readonly again = new Set<NodeJS.Timeout>();

  constructor(
    private readonly uploads: UploadStore,
    private readonly pauses: ArrivalPauses,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Throws `vault.disk-full` where nothing can come any more. */
  requireRoom(): Promise<void> {
    return this.uploads.requireRoom();
  }

  /** A file of this visit is about to come. `done` has to follow. */
  async join(visit: object, destination: Destination): Promise<Arrival> {
    const { key } = destination;
    const found = this.open.get(key) ?? this.begin(destination);
    this.open.set(key, found);
    const arrival = await found.catch((error: unknown) => {
      if (this.open.get(key) === found) this.open.delete(key);
      throw error;
    });
    // It may have been settled while we waited for it.
    if (this.open.get(key) !== found) return this.join(visit, destination);
    clearTimeout(arrival.timer);
    arrival.visits.add(visit);
    arrival.underWay++;
    return arrival;
  }

  /** The file has come or will not. */
  done(arrival: Arrival): void {
    arrival.underWay--;
    this.rest(arrival);
  }

  /** The connection is over. */
  leave(visit: object, arrival: Arrival): void {
    arrival.visits.delete(visit);
    this.rest(arrival);
  }

  /** Ends the pauses and resolves when everything that arrived has been handed on. For tests, and the end. */
  async settleAll(): Promise<void> {
    for (const arrival of await Promise.all(this.open.values())) {
      clearTimeout(arrival.timer);
      if (arrival.underWay === 0) this.settle(arrival);
    }
    await Promise.all(this.settling);
  }

  /** Stops without settling anything; the next start does it. */
  forget(): void {
    this.forgotten = true;
    this.again.forEach(clearTimeout);
  }

  private async begin(destination: Destination): Promise<Arrival> {
    return new Arrival(await destination.begin(), destination, this.uploads);
  }

  private rest(arrival: Arrival): void {
    clearTimeout(arrival.timer);
    if (arrival.underWay > 0) return;
    const { afterReleaseMs, whileOpenMs } = this.pauses;
    arrival.timer = setTimeout(
      () => this.settle(arrival),
      arrival.visits.size === 0 ? afterReleaseMs : whileOpenMs,
    );
  }

  private settle(arrival: Arrival): void {
    if (this.forgotten) return;
    if (!this.open.delete(arrival.destination.key)) return;
    this.handOn(arrival);
  }

  private handOn(arrival: Arrival): void {
    const work = arrival.destination
      .settle(arrival.id)
      .catch((error: unknown) => {
        this.onError(error);
        this.handOnLater(arrival);
      })
      .finally(() => this.settling.delete(work));
    this.settling.add(work);
  }

  /** Whoever sent it was told that it is stored and does not send it again. */
  private handOnLater(arrival: Arrival): void {
    if (this.forgotten) return;
    const timer = setTimeout(() => {
      this.again.delete(timer);
      this.handOn(arrival);
    }, this.pauses.againAfterMs);
    timer.unref();
    this.again.add(timer);
  }
}
