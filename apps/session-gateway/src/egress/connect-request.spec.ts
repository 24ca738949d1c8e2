import { describe, expect, it } from '@jest/globals';
import { ConnectRequest, LARGEST_HEAD, type Asked } from './connect-request.js';

const GOOD =
  'CONNECT tools.example.org:443 HTTP/1.1\r\nHost: tools.example.org:443\r\nUser-Agent: x/1\r\n\r\n';
const TARGET = { target: { host: 'tools.example.org', port: 443 } };

/** What is said of these pieces, one after the other. */
const asked = (...pieces: readonly (string | Buffer)[]): Asked | undefined => {
  const request = new ConnectRequest();
  for (const piece of pieces) {
    const said = request.push(Buffer.from(piece as string, 'latin1'));
    if (said) return said;
  }
  return undefined;
};
const line = (what: string) => asked(`${what}\r\n\r\n`);

describe('the request of a guest', () => {
  it('is read in one piece, byte by byte, and cut anywhere', () => {
    expect(asked(GOOD)).toEqual(TARGET);
    expect(asked(...Array.from(GOOD))).toEqual(TARGET);
    for (let cut = 1; cut < GOOD.length; cut++)
      expect(asked(GOOD.slice(0, cut), GOOD.slice(cut))).toEqual(TARGET);
  });

  it('says nothing before it is whole', () => {
    for (let length = 0; length < GOOD.length; length++) expect(asked(GOOD.slice(0, length))).toBeUndefined();
  });

  it.each([
    ['without fields', 'CONNECT tools.example.org:443 HTTP/1.1'],
    ['of HTTP/1.0', 'CONNECT tools.example.org:443 HTTP/1.0'],
    ['with large letters in the name', 'CONNECT Tools.Example.ORG:443 HTTP/1.1'],
  ])('may be one %s', (_, text) => {
    expect(line(text)).toEqual(TARGET);
  });

  it.each([
    ['an address', 'CONNECT 192.0.2.1:443 HTTP/1.1', 403],
    ['an address as a number', 'CONNECT 2130706433:443 HTTP/1.1', 403],
    ['an address in hexadecimal', 'CONNECT 0x7f.0.0.0x1:443 HTTP/1.1', 403],
    ['a dot at the end', 'CONNECT tools.example.org.:443 HTTP/1.1', 403],
    ['this machine', 'CONNECT localhost:443 HTTP/1.1', 403],
    ['a port too large', 'CONNECT tools.example.org:65536 HTTP/1.1', 403],
    ['an IPv6 address', 'CONNECT [::1]:443 HTTP/1.1', 400],
    ['a bare IPv6 address', 'CONNECT ::1:443 HTTP/1.1', 400],
    ['somebody before the name', 'CONNECT me:x@tools.example.org:443 HTTP/1.1', 400],
    ['no port', 'CONNECT tools.example.org HTTP/1.1', 400],
    ['an empty port', 'CONNECT tools.example.org: HTTP/1.1', 400],
    ['port 0', 'CONNECT tools.example.org:0 HTTP/1.1', 400],
    ['a signed port', 'CONNECT tools.example.org:+443 HTTP/1.1', 400],
    ['a wildcard', 'CONNECT *.example.org:443 HTTP/1.1', 400],
    ['a URL', 'CONNECT https://tools.example.org:443/ HTTP/1.1', 400],
    ['letters that DNS has not', 'CONNECT b\xfccher.example:443 HTTP/1.1', 400],
    ['a percent sign', 'CONNECT tools%2eexample.org:443 HTTP/1.1', 400],
    ['two spaces', 'CONNECT  tools.example.org:443 HTTP/1.1', 400],
    ['a tab', 'CONNECT\ttools.example.org:443 HTTP/1.1', 405],
    ['another version', 'CONNECT tools.example.org:443 HTTP/2', 400],
    ['no version', 'CONNECT tools.example.org:443', 400],
    ['something after the version', 'CONNECT tools.example.org:443 HTTP/1.1 x', 400],
    ['a NUL', 'CONNECT tools.example.org\0:443 HTTP/1.1', 400],
    ['a lone line feed', 'CONNECT tools.example.org:443 HTTP/1.1\nHost: x', 400],
    ['a lone carriage return', 'CONNECT tools.example.org:443 HTTP/1.1\rHost: x', 400],
    ['a folded field', 'CONNECT tools.example.org:443 HTTP/1.1\r\nA: b\r\n c', 400],
    ['a field without a colon', 'CONNECT tools.example.org:443 HTTP/1.1\r\nabc', 400],
    ['a NUL in a field', 'CONNECT tools.example.org:443 HTTP/1.1\r\nA: b\0', 400],
    ['a body by length', 'CONNECT tools.example.org:443 HTTP/1.1\r\nContent-Length: 5', 400],
    ['a body in chunks', 'CONNECT tools.example.org:443 HTTP/1.1\r\ntransfer-encoding: chunked', 400],
    ['GET', 'GET http://tools.example.org/ HTTP/1.1', 405],
    ['POST', 'POST / HTTP/1.1', 405],
    ['small letters', 'connect tools.example.org:443 HTTP/1.1', 405],
    ['a longer method', 'CONNECTED tools.example.org:443 HTTP/1.1', 405],
    ['an empty line first', '\r\nCONNECT tools.example.org:443 HTTP/1.1', 405],
  ])('is refused with %s', (_, text, status) => {
    expect(line(text)).toEqual({ status });
  });

  it.each([
    ['TLS', Buffer.from([0x16, 0x03, 0x01])],
    ['SOCKS', Buffer.from([0x05, 0x01, 0x00])],
    ['HTTP/2', 'PRI'],
  ])('is refused at its first byte where it is %s', (_, begin) => {
    expect(asked(begin)).toEqual({ status: 405 });
  });

  it('is spoilt by whatever comes before the answer', () => {
    expect(asked(`${GOOD}x`)).toEqual({ status: 400 });
    expect(asked(`${GOOD}${GOOD}`)).toEqual({ status: 400 });
    expect(asked(GOOD.slice(0, -2), '\r\nGET / HTTP/1.1\r\n\r\n')).toEqual({ status: 400 });
  });

  it('has a limit, however it comes', () => {
    const begin = 'CONNECT tools.example.org:443 HTTP/1.1\r\nA: ';
    const whole = (length: number) => `${begin}${'a'.repeat(length - begin.length - 4)}\r\n\r\n`;
    expect(asked(whole(LARGEST_HEAD))).toEqual(TARGET);
    expect(asked(whole(LARGEST_HEAD + 1))).toEqual({ status: 400 });
    expect(asked(`${whole(LARGEST_HEAD)}x`)).toEqual({ status: 400 });
    expect(asked(`${begin}${'a'.repeat(10 * LARGEST_HEAD)}`)).toEqual({ status: 431 });
    expect(asked(begin, ...Array<string>(LARGEST_HEAD).fill('a'))).toEqual({ status: 431 });
    expect(asked(`CONNECT ${'a'.repeat(LARGEST_HEAD)}`)).toEqual({ status: 431 });
  });

  it('never asks for anything but what the list could hold, whatever the bytes are', () => {
    // Always the same numbers: xorshift (Marsaglia 2003).
    let state = 2463534242;
    const next = (below: number) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    };
    let connected = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(GOOD, 'latin1');
      for (let change = next(4); change >= 0; change--) bytes[next(bytes.length)] = next(256);
      const cut = next(bytes.length);
      const said = asked(bytes.subarray(0, cut), bytes.subarray(cut));
      if (said === undefined || !('target' in said)) continue;
      connected++;
      expect(said.target.host).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
      expect(said.target.port).toBeGreaterThan(0);
      expect(said.target.port).toBeLessThan(65_536);
    }
    expect(connected).toBeGreaterThan(100);
  });
});
