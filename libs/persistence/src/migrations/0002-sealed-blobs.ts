import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Blobs are sealed: their keys, and a digest that says nothing without a key. */
export class SealedBlobs1767830400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  down(): Promise<void> {
    throw new Error('What was sealed is not laid open again.');
  }
}

const STATEMENTS = [
  'CREATE TABLE "patient_key" ("patientId" text NOT NULL, "version" integer NOT NULL, "keyEncryptionKeyId" text NOT NULL, "wrappedKey" text NOT NULL, "createdAt" text NOT NULL, PRIMARY KEY ("patientId", "version"))',
  'CREATE TABLE "partition_key" ("patientId" text NOT NULL, "purpose" text NOT NULL, "version" integer NOT NULL, "patientKeyVersion" integer NOT NULL, "wrappedKey" text NOT NULL, "createdAt" text NOT NULL, PRIMARY KEY ("patientId", "purpose", "version"))',
  // Rows from before keep their plain SHA-256 here until their bytes are sealed, at the next start.
  'ALTER TABLE "blob" RENAME COLUMN "sha256" TO "digest"',
  'ALTER TABLE "blob" ADD COLUMN "seal" text',
  'DROP INDEX "IDX_5804f03a4387fa967d6616b6e6"',
  'CREATE UNIQUE INDEX "IDX_blob_digest" ON "blob" ("patientId", "digest") ',
];
