import { connect, type Socket } from 'node:net';
import { Resolver } from 'node:dns/promises';
import type { EgressTarget } from '@vitrine/session-host';
import { isPublicAddress } from './public-address.js';

/** Why nobody was connected to, as a status of HTTP: 403 for where the name leads, 502 for nobody there. */
export class NotDialled extends Error {
  override readonly name = 'NotDialled';
  constructor(
    readonly status: 403 | 502,
    message: string,
  ) {
    super(message);
  }
}

/** Connects to computers outside. */
export abstract class Dialler {
  /** The caller owns the connection, and has listened to its errors from the first turn on. Throws `NotDialled`. */
  abstract dial(target: EgressTarget, signal: AbortSignal): Promise<Socket>;
}

/** All addresses of a name. */
export type Lookup = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

const MOST_ADDRESSES = 4;

/**
 * Resolves the name once and connects to exactly an address that was checked, so a name that answers differently the
 * next time leads nowhere else. A name of which any address is not public is refused as a whole.
 */
export class CheckedDialler extends Dialler {
  constructor(
    private readonly lookup: Lookup = (host, signal) => lookUp(host, signal),
    private readonly mayReach: (address: string) => boolean = (address) => isPublicAddress(address),
  ) {
    super();
  }

  override async dial({ host, port }: EgressTarget, signal: AbortSignal): Promise<Socket> {
    const addresses = await this.lookup(host, signal);
    if (addresses.length === 0) throw new NotDialled(502, 'the name has no address');
    if (!addresses.every((address) => this.mayReach(address)))
      throw new NotDialled(403, 'the name leads to an address that is not public');
    for (const address of addresses.slice(0, MOST_ADDRESSES)) {
      const socket = await reach(address, port, signal);
      if (socket) return socket;
    }
    throw new NotDialled(502, 'nobody answers');
  }
}

function reach(host: string, port: number, signal: AbortSignal): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(undefined);
      return;
    }
    // An address, so nothing is looked up again.
    const socket = connect({ host, port, allowHalfOpen: true });
    const abort = () => socket.destroy();
    signal.addEventListener('abort', abort, { once: true });
    const over = (made: Socket | undefined) => {
      signal.removeEventListener('abort', abort);
      resolve(made);
    };
    socket.on('error', () => undefined);
    socket.once('connect', () => over(socket)).once('close', () => over(undefined));
  });
}

/**
 * Asks DNS itself: neither the machine's file of names nor its search list has a say, and no thread that files need is
 * held up by a name server that is silent. `servers`: those of the machine unless told.
 */
export async function lookUp(
  host: string,
  signal: AbortSignal,
  servers?: readonly string[],
): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (servers) resolver.setServers(servers);
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const [four, six] = await Promise.all([
      resolver.resolve4(host).catch(() => []),
      resolver.resolve6(host).catch(() => []),
    ]);
    return [...four, ...six];
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
