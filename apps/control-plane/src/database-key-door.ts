import type { Server } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import {
  DATABASE_PLACE,
  databaseKeySocket,
  serveDatabaseKey,
  type DatabasePlace,
} from '@vitrine/persistence';

/**
 * The gateway works with the database as well, and must not have the key that wraps all others. A PostgreSQL server has
 * no key of ours.
 */
@Injectable()
export class DatabaseKeyDoor implements OnModuleInit, OnApplicationShutdown {
  private server: Server | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(DATABASE_PLACE) private readonly place: DatabasePlace,
  ) {}

  /** When every part has been made, so after the migrations: whoever gets the key finds the tables. */
  async onModuleInit(): Promise<void> {
    const { key } = this.place;
    if (key === undefined) return;
    this.server = await serveDatabaseKey(databaseKeySocket(this.settings.runDir), key);
  }

  onApplicationShutdown(): void {
    this.server?.close();
  }
}
