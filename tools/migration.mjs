/**
 * Compares the database that the migrations make with what the entities say.
 *
 *   node tools/migration.mjs            prints the statements that the next migration needs
 *   node tools/migration.mjs --check    fails when there are any
 */
import '#typescript';
import Database from 'better-sqlite3-multiple-ciphers';
import { DataSource } from 'typeorm';

const { ENTITIES } = await import('../apps/control-plane/src/entities.ts');
const { APPEND_ONLY_SQL } = await import('../libs/audit/src/append-only.ts');
const { migrations } = await import('../libs/persistence/src/migrations/index.ts');

const dataSource = await new DataSource({
  type: 'better-sqlite3',
  driver: Database,
  database: ':memory:',
  entities: ENTITIES,
  migrations,
  migrationsRun: true,
}).initialize();
const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
const triggers = (await dataSource.query("SELECT sql FROM sqlite_master WHERE type = 'trigger'")).map(
  ({ sql }) => sql,
);
await dataSource.destroy();

const missing = [
  ...upQueries.map(({ query }) => query),
  // The builder knows nothing of them, and drops them with a table that it makes anew.
  ...APPEND_ONLY_SQL.filter((statement) => !triggers.includes(statement)),
];
for (const statement of missing) process.stdout.write(`${statement}\n`);
if (missing.length > 0 && process.argv.includes('--check')) {
  process.stderr.write(
    'The migrations do not make what the entities say: add one with the statements above.\n',
  );
  process.exit(1);
}
