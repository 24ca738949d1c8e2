import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether something lay in a session's folder for results, which a machine that stops does not tell any more. */
export class ResultsSeen1767916800028 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "session" ADD COLUMN "holdsResults" boolean NOT NULL DEFAULT (0)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "session" DROP COLUMN "holdsResults"');
  }
}
