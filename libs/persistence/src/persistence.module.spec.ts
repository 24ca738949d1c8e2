import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { emptyPlaceIn, removePlace, TEST_DATABASE_KEY } from '../testing/index.js';
import { databaseOptions, newDataSource } from './database.js';
import { DATABASE_PLACE, type DatabasePlace } from './dialect.js';
import { PersistenceModule } from './persistence.module.js';

describe('a process that leaves migrations to another', () => {
  let dataDir: string;
  let place: DatabasePlace;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'waits-'));
    place = { key: TEST_DATABASE_KEY, ...(await emptyPlaceIn(dataDir)) };
  });
  afterEach(async () => {
    await removePlace(place);
    rmSync(dataDir, { recursive: true });
  });

  const open = (attempts: number) => {
    @Global()
    @Module({
      providers: [{ provide: DATABASE_PLACE, useFactory: () => place }],
      exports: [DATABASE_PLACE],
    })
    class Place {}
    return Test.createTestingModule({
      imports: [Place, PersistenceModule.forRoot({ entities: [], migrate: false, attempts, pauseMs: 50 })],
    }).compile();
  };
  const migrate = async () => {
    const other = await newDataSource(databaseOptions(place, [])).initialize();
    await other.runMigrations();
    await other.destroy();
  };

  it('waits until they have run, although the database answers before', async () => {
    let isOpen = false;
    const opening = open(600).then((module) => {
      isOpen = true;
      return module;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(isOpen).toBe(false);
    await migrate();
    const module = await opening;
    expect(await module.get(DataSource).query('SELECT count(*) AS "count" FROM "session"')).toHaveLength(1);
    await module.close();
  }, 60_000);

  it('gives up in the end', async () => {
    await expect(open(3)).rejects.toThrow();
  }, 30_000);
});
