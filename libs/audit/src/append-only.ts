const REFUSE = `BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END`;

/**
 * Makes the database itself refuse to change or remove a line of the record of acts (SQLite dialect). `INSERT OR
 * REPLACE` removes a row without asking the delete trigger, so a sequence that is taken is refused as well.
 */
export const APPEND_ONLY_SQL: readonly string[] = [
  `CREATE TRIGGER "audit_event_no_update" BEFORE UPDATE ON "audit_event" ${REFUSE}`,
  `CREATE TRIGGER "audit_event_no_delete" BEFORE DELETE ON "audit_event" ${REFUSE}`,
  `CREATE TRIGGER "audit_event_no_replace" BEFORE INSERT ON "audit_event" WHEN EXISTS (SELECT 1 FROM "audit_event" WHERE "sequence" = NEW."sequence") ${REFUSE}`,
];
