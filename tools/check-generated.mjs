/** Fails when a file that is generated from others is not what they say now. */
import { spawnSync } from 'node:child_process';

const checks = [
  ['node', ['tools/migration.mjs', '--check']],
  ['node', ['tools/openapi.mjs', '--check']],
];
let failed = false;
for (const [command, args] of checks)
  if (spawnSync(command, args, { stdio: 'inherit' }).status !== 0) failed = true;
process.exit(failed ? 1 : 0);
