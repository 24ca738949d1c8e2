import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { SPECIAL_IPV4 } from '@vitrine/kernel';

const NOT_PUBLIC_4 = blockList('ipv4', SPECIAL_IPV4);

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
