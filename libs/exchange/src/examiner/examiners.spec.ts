import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { VaultService } from '@vitrine/vault';
import type { UploadStore } from '../uploads/upload-store.js';
import { Examiners } from './examiners.js';
import { wayOf, type Walls } from './isolation.js';

/** What the operator reads at the start of a machine that gives these walls. */
function linesAtStart(given: Walls): { level: number; msg: string }[] {
  const lines: { level: number; msg: string }[] = [];
  const sink = new Writable({
    write: (line: Buffer, _, done) => {
      lines.push(JSON.parse(line.toString()) as (typeof lines)[number]);
      done();
    },
  });
  class OnThisKernel extends Examiners {
    protected override walls(): Walls {
      return given;
    }
  }
  const examiners = new OnThisKernel(
    { folder: '/nowhere' } as UploadStore,
    { pendingFolder: '/nowhere' } as VaultService,
    pino(sink),
  );
  examiners.onApplicationBootstrap();
  examiners.onModuleDestroy();
  return lines;
}

describe('Examiners', () => {
  it.each([
    ['no network of its own', { network: false, sockets: true }],
    ['may open sockets', { network: true, sockets: false }],
  ])('say in one line at start which wall is missing: %s', (words, given) => {
    const [line, ...others] = linesAtStart(given);
    expect(others).toEqual([]);
    expect(line?.level).toBe(40);
    expect(line?.msg).toContain(words);
    expect(linesAtStart({ network: true, sockets: true })).toEqual([]);
  });

  it('take the first way to such a network that this kernel grants, and none where it grants none', () => {
    const [refused, granted] = [['/bin/false'], ['/usr/bin/env', '--']];
    expect(wayOf([refused, granted])).toEqual(granted);
    expect(wayOf([refused, ['/not/there']])).toEqual([]);
  });
});
