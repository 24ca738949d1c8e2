import { describe, expect, it } from '@jest/globals';
import { contradicts, plainDate, plainPersonName, sameName } from './person-name.js';

describe('plainPersonName', () => {
  it.each([
    ['Doe^Jane', 'Jane Doe'],
    ['Doe^Jane^Q^Dr^MD', 'Dr Jane Q Doe MD'],
    ['Yamada^Tarou=山田^太郎=やまだ^たろう', 'Tarou Yamada'],
    ['=山田^太郎', '太郎 山田'],
    ['Jane_Doe', 'Jane_Doe'],
    ['', ''],
    ['Evil\u202eName^\u0000Tab\t', 'Tab Evil Name'],
  ])('makes of %j %j', (value, expected) => {
    expect(plainPersonName(value)).toBe(expected);
  });

  it('is bounded', () => {
    expect(plainPersonName('x'.repeat(5_000)).length).toBeLessThanOrEqual(128);
  });
});

describe('plainDate', () => {
  it.each([
    ['19510402', '1951-04-02'],
    ['1951.04.02', '1951-04-02'],
    ['19510231', ''],
    ['1951', ''],
    ['', ''],
  ])('makes of %j %j', (value, expected) => {
    expect(plainDate(value)).toBe(expected);
  });
});

describe('sameName', () => {
  it.each([
    ['Jane Doe', 'DOE JANE'],
    ['Jane Doe', 'Jane_Doe'],
    ['Jane Q Doe', 'Jane Doe'],
    ['Dr Jane Doe', 'Jane Doe'],
    ['Jane Mary Doe', 'Doe, Jane'],
    ['Jürgen Müller', 'JUERGEN MUELLER'],
    ['Jürgen Müller', 'Jurgen Muller'],
    ['Søren Ægir', 'Soren Aegir'],
    ['Gustavo Mejía', 'gustavo mejia'],
    ['Łukasz Żak', 'Lukasz Zak'],
    ['山田 太郎', '太郎 山田'],
  ])('takes %j and %j for one', (a, b) => {
    expect(sameName(a, b)).toBe(true);
    expect(sameName(b, a)).toBe(true);
  });

  it.each([
    ['Jane Doe', 'John Doe'],
    ['Jane Doe', 'Doe'],
    ['Jane Doe', 'Jane Roe'],
    ['Jane Doe', ''],
    ['Anna Alpha', 'Bob Beta'],
  ])('tells %j from %j', (a, b) => {
    expect(sameName(a, b)).toBe(false);
  });
});

describe('contradicts', () => {
  const jane = { name: 'Jane Doe', birthDate: '1951-04-02' };

  it('minds another name and another birth date', () => {
    expect(contradicts({ name: 'John Roe', birthDate: '' }, jane)).toBe(true);
    expect(contradicts({ name: 'Jane Doe', birthDate: '1951-04-03' }, jane)).toBe(true);
  });

  it('does not mind what is not said', () => {
    expect(contradicts({ name: '', birthDate: '' }, jane)).toBe(false);
    expect(
      contradicts({ name: 'DOE JANE', birthDate: '1951-04-02' }, { name: 'Jane Doe', birthDate: null }),
    ).toBe(false);
  });
});
