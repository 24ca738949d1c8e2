import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which walls each viewer runs within. */
export class Isolation1767916800019 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "viewer" ADD COLUMN "isolation" text NOT NULL DEFAULT ('standard')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "viewer" DROP COLUMN "isolation"');
  }
}
