import { BlockList, isIP } from 'node:net';

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** True for `192.0.2.7`, `192.0.2.0/24`, `2001:db8::1` and the like. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  if (isIP(address) === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIP(address) === 6 ? 128 : 32);
}

/** True when the peer is one of the addresses or in one of the networks; no addresses at all let everybody through. */
export function comesFrom(peer: string, addresses: readonly string[]): boolean {
  if (addresses.length === 0) return true;
  const known = new BlockList();
  for (const text of addresses) {
    const [address = '', prefix] = text.split('/');
    if (prefix === undefined) known.addAddress(address, family(address));
    else known.addSubnet(address, Number(prefix), family(address));
  }
  return isIP(peer) !== 0 && known.check(peer, family(peer));
}
