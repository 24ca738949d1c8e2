import { describe, expect, it } from '@jest/globals';
import { egressText, readEgressTarget } from './egress-target.js';

describe('a computer that a viewer may speak with', () => {
  it.each([
    ['tools.example.org', { host: 'tools.example.org', port: 443 }],
    ['a.b', { host: 'a.b', port: 443 }],
    ['tools.example.org:8443', { host: 'tools.example.org', port: 8443 }],
    ['1und1.example', { host: '1und1.example', port: 443 }],
    ['xn--bcher-kva.example', { host: 'xn--bcher-kva.example', port: 443 }],
  ])('may be written as %s', (text, target) => {
    expect(readEgressTarget(text)).toEqual(target);
  });

  it.each([
    ['an address', '192.0.2.1'],
    ['a short address', '10.1'],
    ['an address as one number', '3232235521'],
    ['an address in hexadecimal', '0x7f.0x1'],
    ['an address with a name before it', 'a.127'],
    ['an IPv6 address', '::1'],
    ['an IPv6 address in brackets', '[2001:db8::1]:443'],
    ['a wildcard', '*.example.org'],
    ['a dot at the end', 'tools.example.org.'],
    ['a dot at the beginning', '.example.org'],
    ['an empty label', 'tools..example.org'],
    ['a name without a dot', 'tools'],
    ['this machine', 'localhost'],
    ['this machine below a name', 'tools.localhost'],
    ['a neighbour', 'printer.local'],
    ['a name inside', 'vault.internal'],
    ['large letters', 'Tools.example.org'],
    ['letters that DNS has not', 'bücher.example'],
    ['letters that only look like others', 'tools.exаmple.org'],
    ['somebody before it', 'me@tools.example.org'],
    ['a scheme', 'https://tools.example.org'],
    ['a path', 'tools.example.org/x'],
    ['port 0', 'tools.example.org:0'],
    ['a port too large', 'tools.example.org:65536'],
    ['a port with a zero before it', 'tools.example.org:0443'],
    ['two ports', 'tools.example.org:443:443'],
    ['a line end', 'tools.example.org\n'],
    ['a hyphen at the edge of a label', 'tools-.example.org'],
    ['a label too long', `${'a'.repeat(64)}.org`],
    ['a name too long', `${'a.'.repeat(127)}org`],
    ['nothing', ''],
  ])('is not %s', (_, text) => {
    expect(readEgressTarget(text)).toBeUndefined();
  });

  it('is written in one way', () => {
    expect(
      ['a.example:443', 'a.example', 'a.example:80'].map((text) => egressText(readEgressTarget(text)!)),
    ).toEqual(['a.example', 'a.example', 'a.example:80']);
  });
});
