/**
 * Compares the database that all migrations make with what the entities say.
 *
 *   node tools/migration.mjs            prints the statements that are missing, for a new migration
 *   node tools/migration.mjs --check    fails when there are any
 */
import '@swc-node/register/esm-register';
import { DataSource } from 'typeorm';

const { ENTITIES } = await import('../apps/control-plane/src/entities.ts');
const { migrations } = await import('../libs/persistence/src/migrations/index.ts');
const { APPEND_ONLY_SQL } = await import('../libs/audit/src/append-only.ts');

const dataSource = await new DataSource({
  type: 'better-sqlite3',
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
  ...APPEND_ONLY_SQL.filter((statement) => !triggers.includes(statement)),
];
if (missing.length === 0) process.stdout.write('The migrations make what the entities say.\n');
else if (process.argv.includes('--check')) {
  process.stderr.write('The migrations do not make what the entities say: see `npm run migration`.\n');
  process.exit(1);
} else process.stdout.write(`${missing.map((statement) => `  ${JSON.stringify(statement)},`).join('\n')}\n`);
