import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What documents say of themselves and of whom they are about. */
export class Documents1767916800008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "record_item" ADD COLUMN "document" text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "record_item" DROP COLUMN "document"');
  }
}
