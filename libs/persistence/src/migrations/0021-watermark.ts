import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whether a link's visitors have their names over the picture. Not by the links that are there already: whoever made
 * them was told that nobody else sees what they had written as its name.
 */
export class Watermark1767916800021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "share_link" ADD COLUMN "watermark" boolean NOT NULL DEFAULT (0)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "share_link" DROP COLUMN "watermark"');
  }
}
