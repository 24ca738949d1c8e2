import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the session host signed of the record of acts; only ever added to, as that is. */
export class Checkpoints1767916800029 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE "audit_checkpoint"');
  }
}

const STATEMENTS = [
  'CREATE TABLE "audit_checkpoint" ("number" integer PRIMARY KEY NOT NULL, "previous" text NOT NULL, "firstSequence" integer NOT NULL, "lastSequence" integer NOT NULL, "lines" integer NOT NULL, "sha256" text NOT NULL, "at" text NOT NULL, "signature" text NOT NULL)',
  'CREATE TRIGGER "audit_checkpoint_no_update" BEFORE UPDATE ON "audit_checkpoint" BEGIN SELECT RAISE(ABORT, \'audit_checkpoint is append-only\'); END',
  'CREATE TRIGGER "audit_checkpoint_no_delete" BEFORE DELETE ON "audit_checkpoint" BEGIN SELECT RAISE(ABORT, \'audit_checkpoint is append-only\'); END',
  'CREATE TRIGGER "audit_checkpoint_no_replace" BEFORE INSERT ON "audit_checkpoint" WHEN EXISTS (SELECT 1 FROM "audit_checkpoint" WHERE "number" = NEW."number") BEGIN SELECT RAISE(ABORT, \'audit_checkpoint is append-only\'); END',
];
