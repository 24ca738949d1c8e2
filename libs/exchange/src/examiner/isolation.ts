import { spawnSync } from 'node:child_process';

const UNSHARE = '/usr/bin/unshare';
const WAYS = [
  [UNSHARE, '--net'],
  [UNSHARE, '--user', '--map-current-user', '--net'],
];
let found: readonly string[] | undefined;

/**
 * What starts a program in a network of its own, which leads nowhere: a file that takes the process over can still send
 * nothing. Root may do this, and most kernels let others too. Empty where it is refused: then the process has the limits
 * only.
 */
export const withoutNetwork = (): readonly string[] => (found ??= wayWithoutNetwork());

/** Tries one way after the other. @param ways how it can be done. */
export const wayWithoutNetwork = (ways: readonly (readonly string[])[] = WAYS): readonly string[] =>
  ways.find(([program = '', ...args]) => spawnSync(program, [...args, 'true']).status === 0) ?? [];
