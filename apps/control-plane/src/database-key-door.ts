import type { KeyObject } from 'node:crypto';
import type { Server } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import { databaseKeySocket, serveDatabaseKey } from '@vitrine/persistence';

export const DATABASE_KEY = Symbol('DatabaseKey');

/** The gateway works with the database as well, and must not have the key that wraps all others. */
@Injectable()
export class DatabaseKeyDoor implements OnModuleInit, OnApplicationShutdown {
  private server: Server | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(DATABASE_KEY) private readonly key: KeyObject,
  ) {}

  /** When every part has been made, so after the migrations: whoever gets the key finds the tables. */
  async onModuleInit(): Promise<void> {
    this.server = await serveDatabaseKey(databaseKeySocket(this.settings.runDir), this.key);
  }

  onApplicationShutdown(): void {
    this.server?.close();
  }
}
