import { spawnSync } from 'node:child_process';
import { withoutSockets } from './without-sockets.js';

const UNSHARE = '/usr/bin/unshare';
const NETWORKS = [
  [UNSHARE, '--net'],
  [UNSHARE, '--user', '--map-current-user', '--net'],
];
let found: Record<'network' | 'sockets', readonly string[]> | undefined;

/**
 * What starts a program that reaches nobody: in a network of its own, which leads nowhere, and without the right to open
 * a socket, since one with a path is in no network. So a file that takes the process over can send nothing. Root may do
 * this, and most kernels let others too. What is refused is left out; the other limits hold.
 */
export function apart(): readonly string[] {
  const { network, sockets } = ways();
  return [...network, ...sockets];
}

/** What this machine gives such a program: a network of its own, and a filter that refuses sockets. */
export interface Walls {
  readonly network: boolean;
  readonly sockets: boolean;
}

export function walls(): Walls {
  const { network, sockets } = ways();
  return { network: network.length > 0, sockets: sockets.length > 0 };
}

/** The first way that works here; empty where none does. */
export const wayOf = (candidates: readonly (readonly string[])[]): readonly string[] =>
  candidates.find(([program = '', ...args]) => spawnSync(program, [...args, 'true']).status === 0) ?? [];

const ways = () => (found ??= { network: wayOf(NETWORKS), sockets: wayOf(withoutSockets()) });
