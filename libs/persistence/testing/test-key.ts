import { createSecretKey } from 'node:crypto';

/** What databases of tests are encrypted with, unless a test has a key of its own. */
export const TEST_DATABASE_KEY = createSecretKey(Buffer.alloc(32, 1));
