import type { MigrationInterface, QueryRunner } from 'typeorm';

/** PACS that send by DIMSE, the studies of theirs that wait for a code, and the import that such a PACS sent. */
export class Dimse1767484800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "import" DROP COLUMN "dicomNodeId"');
    await runner.query('DROP TABLE "inbox_study"');
    await runner.query('DROP TABLE "dicom_node"');
  }
}

const STATEMENTS = [
  'CREATE TABLE "inbox_study" ("id" text PRIMARY KEY NOT NULL, "accountId" text NOT NULL, "dicomNodeId" text NOT NULL, "state" text NOT NULL, "facts" text, "count" integer NOT NULL DEFAULT (0), "bytes" integer NOT NULL DEFAULT (0), "arrivedAt" text NOT NULL)',
  'CREATE INDEX "IDX_66a55f150f0ea8562e8b363cff" ON "inbox_study" ("accountId") ',
  'CREATE TABLE "dicom_node" ("id" text PRIMARY KEY NOT NULL, "accountId" text NOT NULL, "name" text NOT NULL, "callingAeTitle" text NOT NULL, "addresses" text NOT NULL, "inboxAeTitle" text NOT NULL, "createdAt" text NOT NULL)',
  'CREATE INDEX "IDX_2f430a3640a7dadc2656c44550" ON "dicom_node" ("accountId") ',
  'CREATE UNIQUE INDEX "IDX_3d461e0ad10d37d35d37d5937a" ON "dicom_node" ("callingAeTitle") ',
  'CREATE UNIQUE INDEX "IDX_59fecb628c8dbdf70b9938b979" ON "dicom_node" ("inboxAeTitle") ',
  'ALTER TABLE "import" ADD COLUMN "dicomNodeId" text',
];
