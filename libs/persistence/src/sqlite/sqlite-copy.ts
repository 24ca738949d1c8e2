import type { QueryRunner } from 'typeorm';
import type { CopySide } from '../copy-rows.js';

/** TypeORM keeps `migrations`; the index of words (and what FTS5 keeps for it) is made anew at the next start. */
const OWN = `type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name NOT LIKE 'record!_search%' ESCAPE '!' AND name <> 'migrations'`;

export function sqliteSide(runner: QueryRunner): CopySide {
  const query = runner.query.bind(runner) as (
    sql: string,
    parameters?: unknown[],
  ) => Promise<Record<string, unknown>[]>;
  return {
    runner,
    tables: async () => {
      const tables = new Map<string, string[]>();
      for (const { name } of (await query(`SELECT name FROM sqlite_master WHERE ${OWN}`)) as {
        name: string;
      }[]) {
        const columns = (await query(`PRAGMA table_info("${name}")`)) as { name: string }[];
        tables.set(
          name,
          columns.map((column) => column.name),
        );
      }
      return tables;
    },
    rows: async function* (table, columns, most) {
      const names = columns.map((column) => `"${column}"`).join(', ');
      const sql = `SELECT rowid AS "rowid ", ${names} FROM "${table}" WHERE rowid > ? ORDER BY rowid LIMIT ${most}`;
      for (let after: unknown = -1; ;) {
        const rows = await query(sql, [after]);
        if (rows.length === 0) return;
        after = rows.at(-1)?.['rowid '];
        yield rows;
      }
    },
    parameter: () => '?',
  };
}
