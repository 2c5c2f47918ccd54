import { parseConfig } from '@floodgate/nest-kit';
import { z } from 'zod';
import { clientAddress, networkOf } from './client-address';
import { trustedProxies } from './trusted-proxies';

const proxies = (list: string) => parseConfig(z.object({ P: trustedProxies }), { P: list }).P;
const from = (connection: string, forwarded: string | undefined, trusted = '10.0.0.0/8, fd00::/8') =>
  clientAddress(connection, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }, proxies(trusted));

describe('clientAddress', () => {
  it.each([
    ['without a proxy it is the connection', '203.0.113.7', undefined, '203.0.113.7'],
    ['nobody else is believed', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['a proxy is', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['an IPv4 address over an IPv6 socket is the same', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    [
      'the last one that no proxy is counts, not what clients write before',
      '10.0.0.1',
      '1.1.1.1, 198.51.100.1, 10.0.0.2',
      '198.51.100.1',
    ],
    ['rubbish is not passed on', '10.0.0.1', 'x" OR 1', '10.0.0.1'],
    ['rubbish before a proxy is not either', '10.0.0.1', 'nonsense, 10.0.0.2', '10.0.0.2'],
    ['a proxy asks for itself', '10.0.0.1', undefined, '10.0.0.1'],
    ['IPv6 proxies are proxies too', 'fd00::1', '2001:db8::5', '2001:db8::5'],
  ])('%s', (_, connection, forwarded, expected) => {
    expect(from(connection, forwarded)).toBe(expected);
  });

  it('reads a header that came several times, and no more than its end when it is long', () => {
    const headers = { 'x-forwarded-for': ['1.1.1.1', '198.51.100.1'] };
    expect(clientAddress('10.0.0.1', headers, proxies('10.0.0.1'))).toBe('198.51.100.1');
    const long = `198.51.100.1, ${Array.from({ length: 5_000 }, () => '10.0.0.2').join(', ')}`;
    expect(from('10.0.0.1', long)).toBe('10.0.0.2');
  });

  it('believes nobody by default', () => {
    expect(from('10.0.0.1', '198.51.100.1', '')).toBe('10.0.0.1');
  });

  it.each(['10.0.0.0/33', 'proxy.local', '10.0.0.0/x', 'fd00::/129', '10.0.0.1;10.0.0.2'])(
    'refuses %s as a proxy',
    (text) => {
      expect(() => proxies(text)).toThrow('must be addresses or CIDR blocks');
    },
  );
});

describe('networkOf', () => {
  it.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['203.0.113.255', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::5:6:7:8:9', '2001:db8:0:5::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('%s counts with %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
