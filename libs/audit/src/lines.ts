import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { AuditEvent } from './audit-event.entity.js';

const LINES_AT_ONCE = 500;
const COLUMNS = ['sequence', 'at', 'patientId', 'action', 'outcome', 'agent', 'entities', 'details'] as const;

/** What is stated of some lines in a row. */
export interface LinesDigest {
  readonly lines: number;
  /** Of the last of them; 0 where there is none. */
  readonly lastSequence: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * The digest of at most `most` lines from `first` to `last`, both included: SHA-256 over each line as a JSON array of its
 * columns and a line feed. Columns go in as the database has them, so that the same line is always the same bytes.
 */
export async function digestOfLines(
  manager: EntityManager,
  first: number,
  last: number,
  most = Infinity,
): Promise<LinesDigest> {
  const hash = createHash('sha256');
  let lines = 0;
  let lastSequence = 0;
  for (let from = first; lines < most;) {
    const rows = await rowsOf(manager, from, last, Math.min(LINES_AT_ONCE, most - lines));
    for (const row of rows) hash.update(`${JSON.stringify(COLUMNS.map((column) => textOf(row[column])))}\n`);
    lines += rows.length;
    lastSequence = Number(rows.at(-1)?.sequence ?? lastSequence);
    if (rows.length < LINES_AT_ONCE) break;
    from = lastSequence + 1;
  }
  return { lines, lastSequence, sha256: hash.digest('hex') };
}

/** The number of the newest line; 0 where there is none. */
export async function newestLine(manager: EntityManager): Promise<number> {
  const newest = await manager.findOne(AuditEvent, {
    select: { sequence: true },
    where: {},
    order: { sequence: 'DESC' },
  });
  return newest?.sequence ?? 0;
}

type Value = string | number | null;
type Row = Readonly<Record<(typeof COLUMNS)[number], Value>>;

function rowsOf(manager: EntityManager, first: number, last: number, most: number): Promise<Row[]> {
  const query = manager.createQueryBuilder(AuditEvent, 'line').select([]);
  for (const column of COLUMNS) query.addSelect(`line.${column}`, column);
  return query
    .where('line.sequence BETWEEN :first AND :last', { first, last })
    .orderBy('line.sequence')
    .limit(most)
    .getRawMany<Row>();
}

/** One database counts in numbers where the other does in texts. */
const textOf = (value: Value): string | null => (value === null ? null : String(value));
