import type { QueryRunner } from 'typeorm';

/** Enough for a statement to be worth its way, few enough for memory. */
const ROWS = 500;
/** SQLite takes 32766 parameters in one statement, PostgreSQL twice as many. */
const PARAMETERS = 30_000;

type Row = Readonly<Record<string, unknown>>;

/** One of the two databases of a copy, with the same migrations as the other. */
export interface CopySide {
  readonly runner: QueryRunner;
  /** Tables with rows of their own, in any order, and their columns. */
  tables(): Promise<Map<string, readonly string[]>>;
  /** All rows of a table, some at a time. */
  rows(table: string, columns: readonly string[], most: number): AsyncIterable<readonly Row[]>;
  /** `$1`, `?`: the parameter of this number, counted from 1. */
  parameter(number: number): string;
}

/**
 * Copies all rows. Both databases have the same tables, made by the same migrations; what is counted up (the sequence of
 * acts) keeps its numbers. Nothing is begun or committed here.
 */
export async function copyRows(from: CopySide, to: CopySide): Promise<void> {
  for (const [table, columns] of await to.tables()) {
    const most = Math.max(1, Math.min(ROWS, Math.floor(PARAMETERS / columns.length)));
    for await (const rows of from.rows(table, columns, most)) await insert(to, table, columns, rows);
  }
}

async function insert(
  { runner, parameter }: CopySide,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.flatMap((row) => columns.map((column) => plain(row[column])));
  const tuples = rows.map(
    (_, at) => `(${columns.map((__, column) => parameter(at * columns.length + column + 1)).join(', ')})`,
  );
  const names = columns.map((column) => `"${column}"`).join(', ');
  await runner.query(`INSERT INTO "${table}" (${names}) VALUES ${tuples.join(', ')}`, values);
}

/** SQLite has no booleans; PostgreSQL reads 0 and 1 as such. */
const plain = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value);
