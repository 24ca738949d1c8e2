import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { THREATS } from './threats.mjs';

const PAGE = readFileSync('docs/operating/threats.md', 'utf8');
const testsOf = ({ tests }: (typeof THREATS)[number]) => Object.values(tests).flat();
const rowOf = (id: string): string => new RegExp(`^\\| ${id} \\|.*$`, 'm').exec(PAGE)?.[0] ?? '';

describe('the table of threats', () => {
  it('has every threat that a viewer, a bridge, a browser or an image is', () => {
    const ids = [...Array.from({ length: 11 }, (_, index) => `T${index + 1}`), 'T15', 'T28'];
    expect(THREATS.map(({ id }) => id)).toEqual(ids);
    expect(PAGE.match(/^\| T\d+ \|/gm)?.map((cell) => cell.slice(2, -2))).toEqual(ids);
  });

  it.each(THREATS.map((threat) => [threat.id, threat] as const))(
    'names for %s tests that are there, on its page too, or says why it is accepted',
    (id, threat) => {
      const its = testsOf(threat);
      expect(its.length > 0).toBe(threat.accepted === undefined);
      for (const [file, part] of its) {
        expect([file, existsSync(file)]).toEqual([file, true]);
        const text = readFileSync(file, 'utf8');
        // What is tried within each of the walls says so in one title.
        const [, walls, rest = part] = /^(within (?:standard|strong) walls)(.*)$/.exec(part) ?? [];
        if (walls !== undefined)
          expect([file, text]).toEqual([file, expect.stringContaining('within %s walls')]);
        expect([file, text]).toEqual([file, expect.stringContaining(rest.trim())]);
        expect([id, rowOf(id)]).toEqual([id, expect.stringContaining(`\`${basename(file)}\``)]);
      }
    },
  );

  it('tries each within strong walls that is tried within standard ones', () => {
    for (const { tests } of THREATS) expect('strong' in tests).toBe('standard' in tests);
  });
});
