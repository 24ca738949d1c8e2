/**
 * `node --import '#typescript' file.ts` runs the sources as they are, in this process or thread. What each file compiles
 * to is kept, so that the many processes and threads that tests start load no compiler.
 */
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./hooks.mjs', import.meta.url);
