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

/**
 * True for an address that we may connect to because a provider said so. Names are not looked up: what they lead to
 * can change. This machine, the link and groups are nobody's PACS; a door that is open to this machine only, as it is
 * while trying things out, leads back to it.
 */
export function isDestination(host: string, doorHost: string): boolean {
  if (isIP(host) === 0) return false;
  const own = new BlockList();
  own.addSubnet('127.0.0.0', 8, 'ipv4');
  own.addAddress('::1', 'ipv6');
  if (isIP(doorHost) !== 0 && own.check(doorHost, family(doorHost)) && own.check(host, family(host)))
    return true;
  return !NOBODYS[family(host)].check(host, family(host));
}

const networks = (list: readonly string[]): BlockList => {
  const found = new BlockList();
  for (const text of list) {
    const [network = '', prefix] = text.split('/');
    found.addSubnet(network, Number(prefix), family(network));
  }
  return found;
};

// Two lists: in one, networks of IPv4 within IPv6 would catch every IPv4 address.
const NOBODYS = {
  ipv4: networks(['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3']),
  ipv6: networks(['::/96', '::ffff:0:0/96', 'fe80::/10', 'ff00::/8']),
};
