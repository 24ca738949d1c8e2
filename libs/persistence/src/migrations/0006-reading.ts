import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Titles by which systems read by DIMSE, and by what such a system is known and reached. */
export class Reading1767916800006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of ['port', 'host', 'certificate'])
      await runner.query(`ALTER TABLE "dicom_node" DROP COLUMN "${column}"`);
    await runner.query('DROP TABLE "reading_address"');
  }
}

const STATEMENTS = [
  'CREATE TABLE "reading_address" ("id" text PRIMARY KEY NOT NULL, "secretHash" text NOT NULL, "patientId" text NOT NULL, "dicomNodeId" text NOT NULL, "peerAeTitle" text NOT NULL, "peerName" text NOT NULL, "providerName" text NOT NULL, "createdAt" text NOT NULL, "expiresAt" text NOT NULL, "revokedAt" text, "lastUsedAt" text)',
  'CREATE UNIQUE INDEX "IDX_b34a05834e079b5f7ffa29ea4f" ON "reading_address" ("secretHash") ',
  'CREATE INDEX "IDX_5b884b4f65666662d929a8b97a" ON "reading_address" ("patientId") ',
  'CREATE INDEX "IDX_a3e7584e6bcb699b4fc9782a66" ON "reading_address" ("dicomNodeId") ',
  'ALTER TABLE "dicom_node" ADD COLUMN "certificate" text',
  'ALTER TABLE "dicom_node" ADD COLUMN "host" text',
  'ALTER TABLE "dicom_node" ADD COLUMN "port" integer',
];
