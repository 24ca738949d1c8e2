import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What could not be kept, until the patient has read of it. */
export class Losses1767916800027 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "import" ADD COLUMN "loss" text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "import" DROP COLUMN "loss"');
  }
}
