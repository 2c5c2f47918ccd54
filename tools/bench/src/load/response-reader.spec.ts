import fc from 'fast-check';
import { ResponseReader } from './response-reader';

const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n{"outcome":"GRANTED"}';

describe('ResponseReader', () => {
  it('reads a response however it is cut into pieces, and then the next', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(RESPONSE.length), { maxLength: 5 }), (cuts) => {
        const reader = new ResponseReader();
        const edges = [0, ...cuts.sort((a, b) => a - b), RESPONSE.length];
        const pieces = edges.slice(1).map((to, index) => RESPONSE.slice(edges[index], to));
        const complete = pieces.filter((piece) => piece !== '').map((piece) => reader.push(piece));
        expect(complete.pop()).toEqual({ status: 200, body: '{"outcome":"GRANTED"}' });
        expect(complete.every((response) => response === undefined)).toBe(true);
        expect(reader.push('HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n')).toEqual({ status: 503, body: '' });
      }),
    );
  });

  it('refuses what it cannot frame', () => {
    expect(() => new ResponseReader().push('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')).toThrow(
      'cannot read',
    );
    expect(() => new ResponseReader().push(`${RESPONSE}x`)).toThrow('bytes after');
  });
});
