import Database from 'better-sqlite3-multiple-ciphers';

/** The key-encryption keys (`KeyProvider.id`) that a database of an older version names, which is in the clear. */
export function keysInPlain(path: string): Set<string> {
  const database = new Database(path, { fileMustExist: true });
  try {
    const there = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'patient_key'").get();
    if (there === undefined) return new Set();
    return new Set(
      database.prepare<[], string>('SELECT DISTINCT keyEncryptionKeyId FROM patient_key').pluck().all(),
    );
  } finally {
    database.close();
  }
}
