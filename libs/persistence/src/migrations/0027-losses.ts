import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What could not be kept, until the patient has read of it; and an index that is made anew at the next start, by more words. */
export class Losses1767916800027 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "import" ADD COLUMN "loss" text');
    await runner.query('DELETE FROM "record_search"');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "import" DROP COLUMN "loss"');
  }
}
