import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** The special ranges of IPv4 (RFC 6890 and its registry): this machine, private, shared, link-local, tests, multicast, reserved. */
const NOT_PUBLIC_4 = blockList('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]);

/** All that is given out as global unicast. What is outside of it (loopback, ULA, IPv4 in disguise, NAT64 …) is not public. */
const GLOBAL_6 = blockList('ipv6', [['2000::', 3]]);
/** Within that: protocols and tunnels that lead to IPv4 (Teredo, 6to4), documentation. */
const NOT_PUBLIC_6 = blockList('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);

/** True for an address that is somebody else's on the Internet: not special, and none of this machine's own. */
export function isPublicAddress(address: string, own: readonly string[] = ownAddresses()): boolean {
  // A zone names an interface of this machine.
  if (address.includes('%')) return false;
  const family = isIP(address);
  if (family === 0) return false;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  const isGlobal =
    family === 4
      ? !NOT_PUBLIC_4.check(address, kind)
      : GLOBAL_6.check(address, kind) && !NOT_PUBLIC_6.check(address, kind);
  return isGlobal && !isOneOf(address, own);
}

/** Asked each time: a machine gets addresses and loses them. */
const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));

/** Whatever way each is written in. */
function isOneOf(address: string, others: readonly string[]): boolean {
  const list = new BlockList();
  for (const other of others) {
    const plain = other.replace(/%.*$/, '');
    list.addAddress(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6');
  }
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function blockList(kind: 'ipv4' | 'ipv6', ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of ranges) list.addSubnet(address, bits, kind);
  return list;
}
