import type { MigrationInterface, QueryRunner } from 'typeorm';

/** With whom each viewer may speak, and since when a session may no longer. */
export class Egress1767916800022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "viewer" ADD COLUMN "egress" text NOT NULL DEFAULT ('[]')`);
    await runner.query('ALTER TABLE "session" ADD COLUMN "egressClosedAt" text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "session" DROP COLUMN "egressClosedAt"');
    await runner.query('ALTER TABLE "viewer" DROP COLUMN "egress"');
  }
}
