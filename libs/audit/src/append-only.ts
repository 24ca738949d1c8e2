/** Makes the database itself refuse to change or remove a line of the record of acts (SQLite dialect). */
export const APPEND_ONLY_SQL: readonly string[] = [
  `CREATE TRIGGER "audit_event_no_update" BEFORE UPDATE ON "audit_event" BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END`,
  `CREATE TRIGGER "audit_event_no_delete" BEFORE DELETE ON "audit_event" BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END`,
];
