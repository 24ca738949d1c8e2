/** A process for `encrypt-database.spec.ts`: encrypts the database that it is given, saying when it begins. */
import { encryptDatabase } from '../src/encrypt-database.js';
import { TEST_DATABASE_KEY } from './test-key.js';

process.stdout.write('begins\n');
await encryptDatabase(process.argv[2]!, TEST_DATABASE_KEY);
