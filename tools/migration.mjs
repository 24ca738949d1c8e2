/**
 * Compares the database that the migrations make with what the entities say.
 *
 *   node tools/migration.mjs            prints the statements that the next migration needs
 *   node tools/migration.mjs --check    fails when there are any
 */
import '@swc-node/register/esm-register';
import { DataSource } from 'typeorm';

const { ENTITIES } = await import('../apps/control-plane/src/entities.ts');
const { migrations } = await import('../libs/persistence/src/migrations/index.ts');

const dataSource = await new DataSource({
  type: 'better-sqlite3',
  database: ':memory:',
  entities: ENTITIES,
  migrations,
  migrationsRun: true,
}).initialize();
const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
await dataSource.destroy();

for (const { query } of upQueries) process.stdout.write(`${query}\n`);
if (upQueries.length > 0 && process.argv.includes('--check')) {
  process.stderr.write(
    'The migrations do not make what the entities say: add one with the statements above.\n',
  );
  process.exit(1);
}
