import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the session host signed or checks: which image is registered, and what a session may show. */
export class SessionPermits1767916800018 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "session" ADD COLUMN "permit" text');
    await runner.query('ALTER TABLE "viewer" ADD COLUMN "registration" text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "viewer" DROP COLUMN "registration"');
    await runner.query('ALTER TABLE "session" DROP COLUMN "permit"');
  }
}
