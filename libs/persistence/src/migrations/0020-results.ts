import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which viewers may leave results, and from which session an import came. */
export class Results1767916800020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "viewer" ADD COLUMN "results" text NOT NULL DEFAULT ('none')`);
    await runner.query('ALTER TABLE "import" ADD COLUMN "sessionId" text');
    await runner.query('ALTER TABLE "import" ADD COLUMN "viewerTitle" text');
    await runner.query('CREATE UNIQUE INDEX "IDX_00319ac18a67902bcaa14c99a8" ON "import" ("sessionId") ');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "IDX_00319ac18a67902bcaa14c99a8"');
    await runner.query('ALTER TABLE "import" DROP COLUMN "viewerTitle"');
    await runner.query('ALTER TABLE "import" DROP COLUMN "sessionId"');
    await runner.query('ALTER TABLE "viewer" DROP COLUMN "results"');
  }
}
