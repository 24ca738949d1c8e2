import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens for programs, the import that such a program sent, and what an image says of itself for a search. */
export class AccessTokens1767398400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "record_file" DROP COLUMN "attributes"');
    await runner.query('ALTER TABLE "import" DROP COLUMN "accessTokenId"');
    await runner.query('DROP TABLE "access_token"');
  }
}

const STATEMENTS = [
  'CREATE TABLE "access_token" ("id" text PRIMARY KEY NOT NULL, "secretHash" text NOT NULL, "patientId" text NOT NULL, "accountId" text NOT NULL, "depositCodeId" text, "label" text NOT NULL, "scope" text NOT NULL, "createdAt" text NOT NULL, "expiresAt" text NOT NULL, "revokedAt" text, "lastUsedAt" text)',
  'CREATE UNIQUE INDEX "IDX_66cf05177762bb81e86a4e1eb5" ON "access_token" ("secretHash") ',
  'CREATE INDEX "IDX_4b368c0f0501a1fa70d2fe999e" ON "access_token" ("patientId") ',
  'ALTER TABLE "import" ADD COLUMN "accessTokenId" text',
  'ALTER TABLE "record_file" ADD COLUMN "attributes" text',
];
