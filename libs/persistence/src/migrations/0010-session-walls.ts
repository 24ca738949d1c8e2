import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was seen of the walls around a session's guests. */
export class SessionWalls1767916800010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "session" ADD COLUMN "walls" text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "session" DROP COLUMN "walls"');
  }
}
