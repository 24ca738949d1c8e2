import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Logins for the FTPS drop. What a system sends names it, whatever kind it is of. */
export class Ftps1767916800011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "inbox_study" RENAME COLUMN "senderId" TO "dicomNodeId"');
    await runner.query('ALTER TABLE "import" RENAME COLUMN "senderId" TO "dicomNodeId"');
    await runner.query('DROP TABLE "ftps_account"');
  }
}

const STATEMENTS = [
  'CREATE TABLE "ftps_account" ("id" text PRIMARY KEY NOT NULL, "accountId" text NOT NULL, "userName" text NOT NULL, "secretHash" text NOT NULL, "createdAt" text NOT NULL, "lastUsedAt" text)',
  'CREATE UNIQUE INDEX "IDX_7f906668609e8770b17f698d3f" ON "ftps_account" ("accountId") ',
  'CREATE UNIQUE INDEX "IDX_a0400f5564e48e735216d42307" ON "ftps_account" ("userName") ',
  'ALTER TABLE "import" RENAME COLUMN "dicomNodeId" TO "senderId"',
  'ALTER TABLE "inbox_study" RENAME COLUMN "dicomNodeId" TO "senderId"',
];
