import { describe, expect, it } from '@jest/globals';
import { toPostgres } from './in-postgres.js';

describe('a statement of a migration on PostgreSQL', () => {
  it.each([
    [
      'has integers of 64 bits, texts in the order of bytes, and bytes',
      'CREATE TABLE "t" ("id" text PRIMARY KEY NOT NULL, "bytes" integer NOT NULL DEFAULT (0), "icon" blob)',
      'CREATE TABLE "t" ("id" text COLLATE "C" PRIMARY KEY NOT NULL, "bytes" bigint NOT NULL DEFAULT (0), "icon" bytea)',
    ],
    [
      'takes booleans for booleans',
      'CREATE TABLE "t" ("on" boolean NOT NULL DEFAULT (0), "off" boolean NOT NULL DEFAULT (1))',
      'CREATE TABLE "t" ("on" boolean NOT NULL DEFAULT false, "off" boolean NOT NULL DEFAULT true)',
    ],
    [
      'counts up what SQLite counts up',
      'CREATE TABLE "t" ("sequence" integer PRIMARY KEY AUTOINCREMENT NOT NULL)',
      'CREATE TABLE "t" ("sequence" bigserial PRIMARY KEY NOT NULL)',
    ],
    [
      'adds columns alike',
      'ALTER TABLE "t" ADD COLUMN "seal" text',
      'ALTER TABLE "t" ADD COLUMN "seal" text COLLATE "C"',
    ],
    [
      'leaves names and values alone',
      `CREATE INDEX "IDX_text" ON "t" ("text", "integer") WHERE "blob" = ' text'`,
      `CREATE INDEX "IDX_text" ON "t" ("text", "integer") WHERE "blob" = ' text'`,
    ],
  ])('%s', (_, sql, expected) => expect(toPostgres(sql)).toEqual([expected]));

  it('refuses also to empty a table at one go', () => {
    const sql = `CREATE TRIGGER "t_no_delete" BEFORE DELETE ON "t" BEGIN SELECT RAISE(ABORT, 'no'); END`;
    expect(toPostgres(sql).slice(1)).toEqual([
      `CREATE TRIGGER "t_no_delete" BEFORE DELETE ON "t" FOR EACH ROW EXECUTE FUNCTION "refuse"('no')`,
      `CREATE TRIGGER "t_no_delete_all" BEFORE TRUNCATE ON "t" FOR EACH STATEMENT EXECUTE FUNCTION "refuse"('no')`,
    ]);
  });
});
