import pg from 'pg';
import { QueryRunnerAlreadyReleasedError, type DataSource } from 'typeorm';
import { Problem } from '@vitrine/kernel';
import type { Dialect, Verdict } from '../dialect.js';
import { driverErrorOf } from '../driver-error.js';
import { migrations } from '../migrations/index.js';
import { inPostgres } from './in-postgres.js';
import { postgresSearch } from './postgres-search.js';

const CONNECTIONS = 10;
const CONNECT_MS = 10_000;
/** Longer than a flush to a disk that others keep busy. */
const LOCK_MS = 20_000;
/** A process that stands still in the middle of a transaction must not keep all others from writing. */
const IDLE_MS = 60_000;
/** Of a server that does not even say no. A migration of a large table may take minutes. */
const ANSWER_MS = 300_000;

/** The lock of whoever writes: a number of ours, "VTRN" in ASCII. */
const WRITER = 0x5654524e;

/**
 * How a transaction starts, in one go: as in SQLite, whoever begins one is the writer. Each statement sees what was
 * committed before it, so with one writer at a time nothing changes under a transaction. Acknowledged means flushed,
 * whatever the server's default is.
 */
const BEGIN = `
  START TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE;
  SET LOCAL synchronous_commit = on;
  SET LOCAL idle_in_transaction_session_timeout = ${IDLE_MS};
  SET LOCAL lock_timeout = ${LOCK_MS};
  SELECT pg_advisory_xact_lock(${WRITER})`;

/** A database of a PostgreSQL server. Its order, its languages and its defaults do not matter. */
export const postgres: Dialect = {
  options: ({ databaseUrl }, entities) => ({
    type: 'postgres',
    entities: [...entities],
    migrations: migrations.map(inPostgres),
    migrationsTransactionMode: 'each',
    installExtensions: false,
    applicationName: 'vitrine',
    poolSize: CONNECTIONS,
    connectTimeoutMS: CONNECT_MS,
    // An idle connection that breaks is replaced at the next use, which tells when that fails.
    poolErrorHandler: () => undefined,
    extra: {
      connectionString: databaseUrl,
      keepAlive: true,
      query_timeout: ANSWER_MS,
      types: { getTypeParser },
    },
  }),

  prepare: (dataSource) => {
    adaptTypes(dataSource);
    adaptQueries(dataSource);
  },

  judge,

  // The server's disk is not ours.
  makeRoom: () => Promise.resolve(false),

  // The server does it by itself.
  vacuum: () => Promise.resolve(),

  search: postgresSearch,
};

const NUMBERS: readonly number[] = [pg.types.builtins.INT8, pg.types.builtins.NUMERIC];

/** Numbers of 64 bits come as numbers, as they do from SQLite; ours are all far below 2^53. */
const getTypeParser = (oid: number, format: 'text'): unknown =>
  NUMBERS.includes(oid)
    ? Number
    : (pg.types.getTypeParser as (oid: number, format: 'text') => unknown)(oid, format);

/** Entities name the types of SQLite: an integer has 64 bits there, and bytes are a blob. */
function adaptTypes({ driver }: DataSource): void {
  const normalize = driver.normalizeType.bind(driver);
  driver.normalizeType = (column) => {
    if (column.type === 'blob') return 'bytea';
    const type = normalize(column);
    return type === 'integer' ? 'bigint' : type;
  };
}

/** TypeORM has no option for how a transaction starts. And who reads while the database is away is told so. */
function adaptQueries({ driver }: DataSource): void {
  const create = driver.createQueryRunner.bind(driver);
  driver.createQueryRunner = (mode) => {
    const runner = create(mode);
    const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<unknown>;
    runner.query = (async (sql: string, ...more: unknown[]) => {
      try {
        return await query(sql === 'START TRANSACTION' ? BEGIN : sql, ...more);
      } catch (error) {
        const verdict = judge(error);
        if (verdict === 'kernel.invalid') throw new Problem(verdict, { cause: error });
        if (verdict !== 'kernel.database-away') throw error;
        // It may still be waiting for its answer, and must not be lent to the next.
        await (runner as unknown as Breakable).releasePostgresConnection(error as Error);
        throw new Problem(verdict, { cause: error });
      }
    }) as typeof runner.query;
    return runner;
  };
}

interface Breakable {
  releasePostgresConnection(error: Error): Promise<void>;
}

/** SQLSTATEs (PostgreSQL, appendix A) by which a server turns connections away or breaks them off. */
const AWAY = /^(08|57P0|53300|3D000|28|25P03)/;
const AWAY_SYSTEM = /^(ECONN|ENOENT|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE|EACCES)/;
/** What node-postgres says without a code. */
const AWAY_WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|The server does not support SSL)/;

function judge(error: unknown): Verdict {
  if (error instanceof QueryRunnerAlreadyReleasedError) return 'kernel.database-away';
  const { code = '', message = '' } = driverErrorOf(error);
  // Deadlock, serialization: the server has undone all of it.
  if (code === '40001' || code === '40P01') return 'again';
  if (code === '55P03') return 'kernel.busy';
  if (code === '53100') return 'vault.disk-full';
  // A text with a zero in it, which no text of ours has and PostgreSQL cannot keep.
  if (code === '22021') return 'kernel.invalid';
  if (AWAY.test(code) || AWAY_SYSTEM.test(code) || AWAY_WORDS.test(message)) return 'kernel.database-away';
  return undefined;
}
