/** A computer outside that a guest may be let speak with: an exact name and a TCP port. */
export interface EgressTarget {
  readonly host: string;
  readonly port: number;
}

/** So many fit into a permit, and nobody reads more before saying yes. */
export const MOST_EGRESS_TARGETS = 8;

const USUAL_PORT = 443;
const LONGEST_NAME = 253;
const FORM = /^([a-z0-9.-]{1,253})(?::([1-9][0-9]{0,4}))?$/;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** What resolvers take for a part of an address, in any of the ways to write one (inet_aton(3)). */
const NUMBER = /^([0-9]+|0x[0-9a-f]*)$/;
/** Names of this machine and its neighbours, whatever a resolver says of them (RFC 6761, 6762, 9476 and ICANN’s “internal”). */
const LOCAL = new Set(['localhost', 'local', 'internal', 'alt', 'invalid', 'test', 'onion', 'arpa']);

/**
 * Reads `tools.example.org` or `tools.example.org:8443`, in small letters; names with other letters are written as DNS
 * does (`xn--…`). Undefined for everything else: no addresses, no wildcards, no dot at the end, no names without a dot.
 */
export function readEgressTarget(text: string): EgressTarget | undefined {
  const [, host = '', port = String(USUAL_PORT)] = FORM.exec(text) ?? [];
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  const isName =
    host.length <= LONGEST_NAME &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label)) &&
    !NUMBER.test(last) &&
    !LOCAL.has(last);
  return isName && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
}

/** The one way in which a target is written. */
export const egressText = ({ host, port }: EgressTarget): string =>
  port === USUAL_PORT ? host : `${host}:${port}`;
