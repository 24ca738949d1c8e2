import type { QueryRunner } from 'typeorm';
import type { CopySide } from '../copy-rows.js';

export function postgresSide(runner: QueryRunner): CopySide {
  const query = runner.query.bind(runner) as (sql: string) => Promise<Record<string, unknown>[]>;
  return {
    runner,
    tables: async () => {
      const tables = new Map<string, string[]>();
      const found = await query(
        `SELECT "table_name" AS "table", "column_name" AS "column" FROM information_schema.columns
          WHERE table_schema = current_schema() AND "table_name" NOT IN ('migrations', 'record_search')
          ORDER BY "table_name", "ordinal_position"`,
      );
      for (const { table, column } of found as { table: string; column: string }[])
        tables.set(table, [...(tables.get(table) ?? []), column]);
      return tables;
    },
    rows: async function* (table, columns, most) {
      const names = columns.map((column) => `"${column}"`).join(', ');
      await query(`DECLARE copied NO SCROLL CURSOR FOR SELECT ${names} FROM "${table}"`);
      for (;;) {
        const rows = await query(`FETCH ${most} FROM copied`);
        if (rows.length === 0) break;
        yield rows;
      }
      await query('CLOSE copied');
    },
    parameter: (number) => `$${number}`,
  };
}

/** Numbers that are given out from now on follow those that were copied. */
export async function settleSequences(runner: QueryRunner): Promise<void> {
  const counted = (await runner.query(
    `SELECT "table_name" AS "table", "column_name" AS "column" FROM information_schema.columns
      WHERE table_schema = current_schema() AND "column_default" LIKE 'nextval(%' AND "table_name" <> 'migrations'`,
  )) as { table: string; column: string }[];
  for (const { table, column } of counted)
    await runner.query(
      `SELECT setval(pg_get_serial_sequence('"${table}"', '${column}'), GREATEST(MAX("${column}"), 1), COUNT(*) > 0)
         FROM "${table}"`,
    );
}
