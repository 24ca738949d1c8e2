import type { KeyObject } from 'node:crypto';
import type { DataSource, DataSourceOptions, EntityManager } from 'typeorm';
import type { ProblemCode } from '@vitrine/kernel';
import { postgres } from './postgres/postgres.js';
import { sqlite } from './sqlite/sqlite.js';

/** Where the database is. */
export interface DatabasePlace {
  /** The embedded database lies here, where no other is named. Absolute. */
  readonly dataDir: string;
  /** `postgresql://…`: the database of a PostgreSQL server, used instead. */
  readonly databaseUrl?: string | undefined;
  /** 32 bytes: what the embedded database is encrypted with, without which it is not opened. A server has none. */
  readonly key?: KeyObject | undefined;
}

/** For Nest: where the process finds the place of its database. */
export const DATABASE_PLACE = Symbol('DatabasePlace');

/** What a failed transaction means: run it again, tell this, or (undefined) it is the failure of its work. */
export type Verdict = 'again' | ProblemCode | undefined;

/** Everything in which the databases differ. Whatever is not here is the same for all. */
export interface Dialect {
  options(place: DatabasePlace, entities: readonly Function[]): DataSourceOptions;
  /** What TypeORM has no option for: above all, that the beginning of a transaction waits for all other writers. */
  prepare(dataSource: DataSource): void;
  /** `error` is what the driver threw, or TypeORM for it. */
  judge(error: unknown): Verdict;
  /** After `vault.disk-full`: gives up some of what was kept free for this. False where there is nothing. */
  makeRoom(dataSource: DataSource): Promise<boolean>;
  /** Rewrites what deleted and changed rows have left on the disk. */
  vacuum(dataSource: DataSource): Promise<void>;
  readonly search: SearchIndex;
}

/**
 * The words by which items of records are found, in the table `record_search`. Words are folded already: letters without
 * case and accents, and figures, nothing else.
 */
export interface SearchIndex {
  add(manager: EntityManager, row: SearchRow): Promise<void>;
  /** Removes the rows of an item or of a patient. */
  forget(manager: EntityManager, column: 'itemId' | 'patientId', id: string): Promise<void>;
  /** A subquery: the ids of the patient's items that have, for each of the words, one that begins with it. */
  matching(patientId: string, words: readonly string[]): SearchQuery;
}

export interface SearchRow {
  readonly itemId: string;
  readonly patientId: string;
  readonly words: readonly string[];
}

export interface SearchQuery {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export const dialectOf = ({ options }: Pick<DataSource, 'options'>): Dialect =>
  options.type === 'postgres' ? postgres : sqlite;

export const dialectAt = (place: DatabasePlace): Dialect =>
  place.databaseUrl === undefined ? sqlite : postgres;
