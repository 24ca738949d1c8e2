import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The network drive: folders and files, what clients note about them, and locks. */
export class Drive1767916800007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['drive_property', 'drive_node', 'drive_lock'])
      await runner.query(`DROP TABLE "${table}"`);
  }
}

const STATEMENTS = [
  'CREATE TABLE "drive_lock" ("token" text PRIMARY KEY NOT NULL, "patientId" text NOT NULL, "nodeId" text NOT NULL, "scope" text NOT NULL, "depth" text NOT NULL, "owner" text NOT NULL, "expiresAt" text NOT NULL)',
  'CREATE INDEX "IDX_1cff646982c44550d398ab31f9" ON "drive_lock" ("patientId", "nodeId") ',
  'CREATE TABLE "drive_node" ("id" text PRIMARY KEY NOT NULL, "patientId" text NOT NULL, "parentId" text NOT NULL, "name" text NOT NULL, "blobId" text, "bytes" integer NOT NULL DEFAULT (0), "version" text NOT NULL, "createdAt" text NOT NULL, "modifiedAt" text NOT NULL, "pendingSince" text)',
  'CREATE INDEX "IDX_8906f0972a069097bc81662e28" ON "drive_node" ("pendingSince") ',
  'CREATE INDEX "IDX_c88ae48c745cf20e3bc3102b55" ON "drive_node" ("patientId", "blobId") ',
  'CREATE UNIQUE INDEX "IDX_fce4c5ec307c6ce75bc726fbd0" ON "drive_node" ("patientId", "parentId", "name") ',
  'CREATE TABLE "drive_property" ("nodeId" text NOT NULL, "namespace" text NOT NULL, "name" text NOT NULL, "patientId" text NOT NULL, "xml" text NOT NULL, PRIMARY KEY ("nodeId", "namespace", "name"))',
  'CREATE INDEX "IDX_6a50166607f1dc167e07d09623" ON "drive_property" ("patientId") ',
];
