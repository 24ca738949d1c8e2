import type { MigrationInterface, QueryRunner } from 'typeorm';

type Migration = new () => MigrationInterface;

/**
 * The same migration on PostgreSQL. Migrations are written in the words of SQLite, as TypeORM prints them; the few that
 * mean something else to PostgreSQL are replaced here, one statement after the other. What it does not know it refuses,
 * and the tests run every migration on both.
 */
export function inPostgres(migration: Migration): Migration {
  const translating = (runner: QueryRunner): QueryRunner =>
    Object.create(runner, {
      query: {
        value: async (sql: string, parameters?: unknown[]) => {
          let result: unknown;
          for (const statement of toPostgres(sql)) result = await runner.query(statement, parameters);
          return result;
        },
      },
    }) as QueryRunner;
  return class extends migration {
    // By its name TypeORM knows which have run.
    override readonly name = migration.name;

    override up(runner: QueryRunner): Promise<void> {
      return super.up(translating(runner));
    }

    override down(runner: QueryRunner): Promise<void> {
      return super.down(translating(runner));
    }
  };
}

const SEARCH = [
  'CREATE TABLE "record_search" ("itemId" text COLLATE "C" PRIMARY KEY NOT NULL, "patientId" text COLLATE "C" NOT NULL, "words" tsvector NOT NULL)',
  'CREATE INDEX "IDX_record_search_patient" ON "record_search" ("patientId")',
  'CREATE INDEX "IDX_record_search_words" ON "record_search" USING gin ("words")',
];

const REFUSE = `CREATE OR REPLACE FUNCTION "refuse"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$`;
const REFUSING =
  /^CREATE TRIGGER ("\w+") BEFORE (UPDATE|DELETE) ON ("\w+") BEGIN SELECT RAISE\(ABORT, ('[^']*')\); END$/;
/** A row of that key is refused by the key itself, whatever the statement says. */
const REPLACING = /^CREATE TRIGGER "\w+" BEFORE INSERT ON "\w+" WHEN EXISTS /;

/** The statement as PostgreSQL puts it; several, or none. */
export function toPostgres(sql: string): string[] {
  if (sql.startsWith('CREATE VIRTUAL TABLE "record_search"')) return SEARCH;
  if (REPLACING.test(sql)) return [];
  const refusing = REFUSING.exec(sql);
  if (refusing !== null) {
    const [, name = '', event = '', table = '', sentence = ''] = refusing;
    const trigger = (called: string, when: string) =>
      `CREATE TRIGGER ${called} BEFORE ${when} EXECUTE FUNCTION "refuse"(${sentence})`;
    return [
      REFUSE,
      trigger(name, `${event} ON ${table} FOR EACH ROW`),
      // Removes all rows without looking at any.
      ...(event === 'DELETE'
        ? [trigger(name.replace(/"$/, '_all"'), `TRUNCATE ON ${table} FOR EACH STATEMENT`)]
        : []),
    ];
  }
  return [
    sql
      .replace('integer PRIMARY KEY AUTOINCREMENT', 'bigserial PRIMARY KEY')
      // After a name in quotes there is nothing but its type.
      .replaceAll(/(?<=" )integer\b/g, 'bigint')
      .replaceAll(/(?<=" )blob\b/g, 'bytea')
      // Bytes have an order that no update of the operating system changes, and that is the one of SQLite.
      .replaceAll(/(?<=" )text\b/g, 'text COLLATE "C"')
      .replaceAll(/(?<=" boolean NOT NULL DEFAULT )\((\d)\)/g, (_, digit) => String(digit === '1')),
  ];
}
