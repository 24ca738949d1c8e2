import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which installation the database belongs to. */
export class Installation1767916800012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE "installation" ("id" text PRIMARY KEY NOT NULL, "since" text NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE "installation"');
  }
}
