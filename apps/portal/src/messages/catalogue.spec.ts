import { describe, expect, it } from '@jest/globals';
import { de } from './de/index.js';
import { en } from './en/index.js';

interface Tree {
  readonly [key: string]: string | Tree;
}

const flat = (tree: Tree, before = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[`${before}${key}`, value] as [string, string]]
      : flat(value, `${before}${key}.`),
  );
const holes = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();
const german = new Map(flat(de));

describe('the catalogues', () => {
  it('have the same keys', () =>
    expect([...german.keys()].sort()).toEqual(
      flat(en)
        .map(([key]) => key)
        .sort(),
    ));

  it.each(flat(en))('fill the same holes in both languages: %s', (key, text) =>
    expect(new Set(holes(german.get(key) ?? ''))).toEqual(new Set(holes(text))),
  );

  it('leave no text empty', () => {
    for (const [, text] of [...flat(en), ...german]) expect(text.trim()).not.toBe('');
  });
});
