import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was found when blobs were last read, and the words by which items are found. */
export class WayOut1767916800005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE "record_search"');
    await runner.query('DROP TABLE "blob_check"');
  }
}

const STATEMENTS = [
  'CREATE TABLE "blob_check" ("blobId" text PRIMARY KEY NOT NULL, "patientId" text NOT NULL, "checkedAt" text NOT NULL, "finding" text NOT NULL)',
  'CREATE INDEX "IDX_7226121133557248fc5ccbbe59" ON "blob_check" ("checkedAt") ',
  'CREATE INDEX "IDX_74ba6a79022d794f36abc8ef87" ON "blob_check" ("patientId", "finding") ',
  // Item and patient are words of the index too: a search reads the rows of one patient and no others.
  `CREATE VIRTUAL TABLE "record_search" USING fts5("itemId", "patientId", "words", tokenize = "unicode61 remove_diacritics 2", prefix = '2 3')`,
];
