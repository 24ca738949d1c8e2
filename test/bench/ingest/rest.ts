import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Longer than the product waits before it starts an examiner for the next sender. */
const RESTFUL_MS = 3_000;
const LOOK_MS = 250;
/** Of all processors. */
const BUSY = 0.15;
const WITHIN_MS = 60_000;

/**
 * Waits until the disk has what was written and the processors have had nothing to do for a while: what one round leaves
 * to be done is not measured in the next, neither ours nor the peer's. Throws on a machine that does not come to rest.
 */
export async function atRest(): Promise<void> {
  execFileSync('sync');
  const deadline = Date.now() + WITHIN_MS;
  let restful = 0;
  for (let before = ticks(); restful < RESTFUL_MS;) {
    if (Date.now() > deadline) throw new Error('this machine has something else to do');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = ticks();
    const idle = (now.idle - before.idle) / (now.all - before.all);
    restful = idle > 1 - BUSY ? restful + LOOK_MS : 0;
    before = now;
  }
}

/** Of all processors since the start of the machine (proc_stat(5)). */
function ticks(): { readonly idle: number; readonly all: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const fields = line.split(/\s+/).slice(1, 9).map(Number);
  return { idle: fields[3] ?? 0, all: fields.reduce((sum, field) => sum + field, 0) };
}
