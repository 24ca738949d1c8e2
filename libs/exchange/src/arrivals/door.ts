import type { OnModuleDestroy } from '@nestjs/common';
import type { Logger } from '@vitrine/kernel';
import type { UploadStore } from '../uploads/upload-store.js';
import { ArrivingFiles, LARGEST_FILE_BYTES } from './arriving-files.js';
import { ARRIVAL_PAUSES, Arrivals, type ArrivalPauses } from './arrivals.js';

/** What tests make smaller. */
export interface DoorLimits {
  readonly pauses: ArrivalPauses;
  readonly largestFile: number;
  readonly connectionsPerSystem: number;
}

const DOOR_LIMITS: DoorLimits = {
  pauses: ARRIVAL_PAUSES,
  largestFile: LARGEST_FILE_BYTES,
  connectionsPerSystem: 10,
};

/** What doors have in common through which systems of providers send file by file, each acknowledged by itself. */
export abstract class Door implements OnModuleDestroy {
  /** Where the operator wants it. */
  protected server: { close(): Promise<void> } | undefined;
  private readonly connections = new Map<string, number>();
  private limits = DOOR_LIMITS;
  private arrivals: Arrivals;

  protected constructor(
    private readonly uploads: UploadStore,
    protected readonly logger: Logger,
  ) {
    this.arrivals = this.newArrivals();
  }

  async onModuleDestroy(): Promise<void> {
    await this.server?.close();
    await this.arrivals.settleAll();
  }

  /** Stops without settling anything, as a crash does. For tests. */
  async forget(): Promise<void> {
    await this.server?.close();
    this.arrivals.forget();
  }

  /** Ends the pauses, so that what arrived is examined now. */
  settle(): Promise<void> {
    return this.arrivals.settleAll();
  }

  protected limit(limits: Partial<DoorLimits>): void {
    this.limits = { ...DOOR_LIMITS, ...limits };
    this.arrivals = this.newArrivals();
  }

  /** One more connection of a system, and what ends it; undefined where it has too many. */
  protected enter(systemId: string): (() => void) | undefined {
    const there = this.connections.get(systemId) ?? 0;
    if (there >= this.limits.connectionsPerSystem) return undefined;
    this.connections.set(systemId, there + 1);
    return () => {
      const left = (this.connections.get(systemId) ?? 1) - 1;
      if (left > 0) this.connections.set(systemId, left);
      else this.connections.delete(systemId);
    };
  }

  /** For what comes over one connection. */
  protected newFiles(): ArrivingFiles {
    return new ArrivingFiles(this.arrivals, this.limits.largestFile);
  }

  private newArrivals(): Arrivals {
    return new Arrivals(this.uploads, this.limits.pauses, (error) =>
      this.logger.error(
        { err: error },
        'what arrived could not be examined; it is tried again at the next start',
      ),
    );
  }
}
