import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How much memory sessions really had. */
export class SessionPeaks1767916800025 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "IDX_89f10389af50e1fb4497111753"');
    await runner.query('ALTER TABLE "session" DROP COLUMN "peakMiB"');
  }
}

const STATEMENTS = [
  'ALTER TABLE "session" ADD COLUMN "peakMiB" integer',
  'CREATE INDEX "IDX_89f10389af50e1fb4497111753" ON "session" ("imageDigest", "endedAt") ',
];
