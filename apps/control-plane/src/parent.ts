import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OneTimePassword } from './one-time-password.js';

/** What this process tells the program that started it. */
type Notice =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly message: string }
  | ({ readonly kind: 'one-time-password' } & OneTimePassword);

const tell = (notice: Notice): void => void process.send?.(notice);

/** One sentence for the operator: why this process will not serve. */
export const tellRefused = (message: string): Promise<void> =>
  new Promise((resolve) => {
    if (process.send) process.send({ kind: 'refused', message } satisfies Notice, () => resolve());
    else resolve();
  });

export const tellReady = (): void => tell({ kind: 'ready' });

/**
 * Hands a one-time password to a person: to the terminal by way of the parent, never to a log. Without a parent (a
 * service manager started us) it goes to a file that only the operator can read.
 */
export function handOver(dataDir: string, password: OneTimePassword): void {
  if (process.send) {
    tell({ kind: 'one-time-password', ...password });
    return;
  }
  const line = `${password.role}\t${password.email}\t${password.oneTimePassword}\n`;
  writeFileSync(join(dataDir, 'one-time-passwords'), line, { flag: 'a', mode: 0o600 });
}

/** Calls `end` when the parent asks for it, and also when the parent is gone: nobody would restart us then. */
export function onParentEnd(end: () => void): void {
  process.on('message', (message: { kind?: string }) => {
    if (message.kind === 'end') end();
  });
  process.on('disconnect', end);
}
