import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Stack } from './stack.js';

/** The database of a running stack, as a thief of the disk or a taken-over process has it. */
export const openDatabase = (stack: Stack): Database.Database =>
  new Database(join(stack.dataDir, 'vitrine.db'));
