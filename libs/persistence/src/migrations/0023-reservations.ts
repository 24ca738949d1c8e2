import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Places that are kept for a viewer at a later time, and which session took one. */
export class Reservations1767916800023 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "IDX_1800f7063326535eed6e09d696"');
    await runner.query('ALTER TABLE "session" DROP COLUMN "reservationId"');
    await runner.query('DROP TABLE "reservation"');
  }
}

const STATEMENTS = [
  'CREATE TABLE "reservation" ("id" text PRIMARY KEY NOT NULL, "patientId" text NOT NULL, "itemIds" text NOT NULL, "title" text NOT NULL, "viewerId" text, "memoryMiB" integer NOT NULL, "createdAt" text NOT NULL, "beginsAt" text NOT NULL, "endsAt" text NOT NULL, "cancelledAt" text)',
  'CREATE INDEX "IDX_67b21a33ec4df116ffa9921d61" ON "reservation" ("patientId") ',
  'CREATE INDEX "IDX_1ae22f278d6b2f2034f9642c96" ON "reservation" ("endsAt") ',
  'ALTER TABLE "session" ADD COLUMN "reservationId" text',
  'CREATE INDEX "IDX_1800f7063326535eed6e09d696" ON "session" ("reservationId") ',
];
