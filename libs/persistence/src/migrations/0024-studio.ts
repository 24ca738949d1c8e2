import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is installed in images, how old they are, and which of them were made in the studio. */
export class Studio1767916800024 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of ['maximumMinutes', 'origin', 'imageCreatedAt'])
      await runner.query(`ALTER TABLE "viewer" DROP COLUMN "${column}"`);
    await runner.query('DROP TABLE "image_packages"');
  }
}

const STATEMENTS = [
  'CREATE TABLE "image_packages" ("digest" text PRIMARY KEY NOT NULL, "count" integer NOT NULL, "sbom" text NOT NULL, "takenAt" text NOT NULL)',
  'ALTER TABLE "viewer" ADD COLUMN "imageCreatedAt" text',
  'ALTER TABLE "viewer" ADD COLUMN "origin" text',
  'ALTER TABLE "viewer" ADD COLUMN "maximumMinutes" integer',
];
