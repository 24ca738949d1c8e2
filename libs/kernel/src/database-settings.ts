import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Environment } from './environment.js';

/** Where the PostgreSQL database is, if one is to be used. Throws a plain sentence, in which no password is. */
export function databaseUrlOf(env: Environment): string | undefined {
  const { VITRINE_DATABASE_URL: given, VITRINE_DATABASE_URL_FILE: file } = env;
  if (given && file) throw new Error('Set VITRINE_DATABASE_URL or VITRINE_DATABASE_URL_FILE, not both.');
  const url = (file ? readUrlFile(resolve(file)) : given)?.trim();
  if (!url) return undefined;
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new Error(
      `${file ? 'The line of VITRINE_DATABASE_URL_FILE' : 'VITRINE_DATABASE_URL'} must begin with postgresql://.`,
    );
  return url;
}

function readUrlFile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new Error(`VITRINE_DATABASE_URL_FILE: ${path} cannot be read (${code}).`, { cause: error });
  }
  // The embedded database must not be begun by mistake.
  if (text === '') throw new Error(`VITRINE_DATABASE_URL_FILE: ${path} is empty.`);
  return text;
}
