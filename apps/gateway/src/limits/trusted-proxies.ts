import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** A list of addresses and CIDR blocks, comma-separated; empty by default, which believes nobody. */
export const trustedProxies = z
  .string()
  .default('')
  .transform((text, context) => {
    const proxies = new BlockList();
    for (const entry of text.split(',').map((part) => part.trim())) {
      if (entry !== '' && !addTo(proxies, entry)) {
        context.addIssue({ code: 'custom', message: 'must be addresses or CIDR blocks, comma-separated' });
      }
    }
    return proxies;
  });

function addTo(proxies: BlockList, entry: string): boolean {
  const [address = '', prefix] = entry.split('/');
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const bitsMax = version === 4 ? 32 : 128;
  const bits = prefix === undefined ? bitsMax : Number(prefix);
  if (!/^\d+$/.test(prefix ?? '0') || bits > bitsMax) return false;
  proxies.addSubnet(address, bits, family);
  return true;
}
