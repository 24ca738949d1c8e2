import { describe, expect, it } from '@jest/globals';
import { readLockinfo, readPropfind, readProppatch } from './bodies.js';
import { WebdavSyntaxError } from './syntax-error.js';
import { parseXml, serialised } from './xml.js';

describe('XML of clients', () => {
  it.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['a document type that names a file', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ['an entity that XML does not have', '<a>&xxe;</a>'],
    ['an open element', '<a><b></a>'],
    ['a prefix without a namespace', '<x:a/>'],
    ['a prefix for no namespace', '<a xmlns:bar=""><bar:b/></a>'],
    ['nothing', '   '],
    ['text', 'hello'],
    ['two roots', '<a/><b/>'],
    ['a control character', '<a>\u0001</a>'],
    ['deep nesting', '<a>'.repeat(65) + '</a>'.repeat(65)],
  ])('refuses %s', (_, text) => expect(() => parseXml(text)).toThrow(WebdavSyntaxError));

  it('keeps a property with its namespaces, attributes, text and language', () => {
    const text =
      '<prop xml:lang="de" xmlns:z="http://z.test/"><z:a b="1 &lt; 2" z:c="&#10;"><d xmlns="">ä &amp; <![CDATA[<e>]]></d></z:a></prop>';
    const [property] = parseXml(text).children;
    if (typeof property !== 'object') throw new Error('no element');
    const kept = serialised(property);
    expect(kept).toBe(
      '<p:a xmlns:p="http://z.test/" b="1 &#60; 2" xmlns:a1="http://z.test/" a1:c="&#10;" xml:lang="de">' +
        '<d xmlns="">ä &#38; &#60;e&#62;</d></p:a>',
    );
    // What was kept reads as what came.
    expect(serialised(parseXml(kept))).toBe(kept);
  });
});

describe('a PROPFIND', () => {
  const dav = (inside: string) => `<propfind xmlns="DAV:">${inside}</propfind>`;

  it('without a body asks for all', () => expect(readPropfind('')).toEqual({ kind: 'all', include: [] }));
  it('asks for all, and some more', () =>
    expect(readPropfind(dav('<allprop/><include><x xmlns="y"/></include>'))).toMatchObject({
      kind: 'all',
      include: [{ namespace: 'y', name: 'x' }],
    }));
  it('asks for names', () => expect(readPropfind(dav('<propname/>'))).toEqual({ kind: 'names' }));
  it('asks for some', () =>
    expect(readPropfind(dav('<prop><getetag/><a xmlns=""/></prop>'))).toMatchObject({
      names: [
        { namespace: 'DAV:', name: 'getetag' },
        { namespace: '', name: 'a' },
      ],
    }));
  it.each([dav(''), '<propfind/>', '<prop xmlns="DAV:"/>'])('is not %s', (body) =>
    expect(() => readPropfind(body)).toThrow(WebdavSyntaxError),
  );
});

describe('a PROPPATCH', () => {
  it('keeps the order of what is set and removed', () =>
    expect(
      readProppatch(
        '<D:propertyupdate xmlns:D="DAV:"><D:remove><D:prop><a xmlns="n"/></D:prop></D:remove>' +
          '<D:set><D:prop><a xmlns="n">1</a></D:prop></D:set></D:propertyupdate>',
      ),
    ).toEqual([
      { namespace: 'n', name: 'a', xml: null },
      { namespace: 'n', name: 'a', xml: '<p:a xmlns:p="n">1</p:a>' },
    ]));
  it('changes something', () =>
    expect(() => readProppatch('<propertyupdate xmlns="DAV:"/>')).toThrow(WebdavSyntaxError));
});

describe('a LOCK', () => {
  const lock = (scope: string, type = '<write/>') =>
    `<lockinfo xmlns="DAV:"><lockscope>${scope}</lockscope><locktype>${type}</locktype><owner>Jane</owner></lockinfo>`;

  it.each(['exclusive', 'shared'])('is %s', (scope) =>
    expect(readLockinfo(lock(`<${scope}/>`))).toEqual({
      scope,
      owner: '<p:owner xmlns:p="DAV:">Jane</p:owner>',
    }),
  );
  it.each([lock(''), lock('<shared/><exclusive/>'), lock('<shared/>', '<read/>')])(
    'is not something else: %s',
    (body) => expect(() => readLockinfo(body)).toThrow(WebdavSyntaxError),
  );
});
