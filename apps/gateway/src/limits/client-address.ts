import { type BlockList, isIP, isIPv4 } from 'node:net';

const FORWARDED_FOR = 'x-forwarded-for';
const MAPPED_IPV4 = '::ffff:';

/** Hops that are looked at, at most: the header is the client's to make long. */
const HOPS_MAX = 16;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The client's address: the connection's, unless that is a trusted proxy; then the last one in X-Forwarded-For that is not. What stands before it there
 * anybody may have written.
 */
export function clientAddress(connection: string, headers: Headers, proxies: BlockList): string {
  let address = plain(connection);
  const forwarded = headers[FORWARDED_FOR];
  if (forwarded === undefined || !isTrusted(proxies, address)) return address;
  const hops = (typeof forwarded === 'string' ? forwarded : forwarded.join(',')).split(',').slice(-HOPS_MAX);
  for (const hop of hops.reverse()) {
    const named = plain(hop.trim());
    if (isIP(named) === 0) return address;
    address = named;
    if (!isTrusted(proxies, address)) return address;
  }
  return address;
}

/** The network that an address counts with: /24 of IPv4, /64 of IPv6. What is no address counts as itself. */
export function networkOf(address: string): string {
  const version = isIP(address);
  if (version === 4) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`;
  return version === 6 ? `${groupsOf(address).slice(0, 4).join(':')}::/64` : address;
}

/** An IPv4 address that came in over an IPv6 socket, as IPv4. */
function plain(address: string): string {
  const mapped = address.startsWith(MAPPED_IPV4) ? address.slice(MAPPED_IPV4.length) : '';
  return isIPv4(mapped) ? mapped : address;
}

/** The eight groups of an IPv6 address, without leading zeros, as one network may be written in many ways. */
function groupsOf(address: string): string[] {
  const [text = ''] = address.split('%');
  const [head = '', tail] = text.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 tail stands for two groups; where it is does not matter to the first four.
  const missing = 8 - before.length - after.length - (text.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, missing)).fill('0');
  return [...before, ...zeros, ...after].map((group) => parseInt(group, 16).toString(16));
}

const isTrusted = (proxies: BlockList, address: string): boolean => {
  const version = isIP(address);
  return version !== 0 && proxies.check(address, version === 4 ? 'ipv4' : 'ipv6');
};
