/** Which tables only grow, and what numbers their rows. */
const ONLY_ADDED = [
  ['audit_event', 'sequence'],
  ['audit_checkpoint', 'number'],
] as const;

/**
 * Makes the database itself refuse to change or remove a line of the record of acts, or a checkpoint of it (SQLite
 * dialect). `INSERT OR REPLACE` removes a row without asking the delete trigger, so a number that is taken is refused as
 * well.
 */
export const APPEND_ONLY_SQL: readonly string[] = ONLY_ADDED.flatMap(([table, number]) => {
  const refuse = `BEGIN SELECT RAISE(ABORT, '${table} is append-only'); END`;
  return [
    `CREATE TRIGGER "${table}_no_update" BEFORE UPDATE ON "${table}" ${refuse}`,
    `CREATE TRIGGER "${table}_no_delete" BEFORE DELETE ON "${table}" ${refuse}`,
    `CREATE TRIGGER "${table}_no_replace" BEFORE INSERT ON "${table}" WHEN EXISTS (SELECT 1 FROM "${table}" WHERE "${number}" = NEW."${number}") ${refuse}`,
  ];
});
