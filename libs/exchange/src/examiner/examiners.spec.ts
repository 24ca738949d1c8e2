import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { VaultService } from '@vitrine/vault';
import type { UploadStore } from '../uploads/upload-store.js';
import { Examiners } from './examiners.js';
import { wayWithoutNetwork } from './isolation.js';

/** What the operator reads at the start of a machine whose kernel grants that network, or does not. */
function linesAtStart(grants: boolean): { level: number; msg: string }[] {
  const lines: { level: number; msg: string }[] = [];
  const sink = new Writable({
    write: (line: Buffer, _, done) => {
      lines.push(JSON.parse(line.toString()) as (typeof lines)[number]);
      done();
    },
  });
  class OnThisKernel extends Examiners {
    protected override hasOwnNetwork(): boolean {
      return grants;
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
  it('say in one line at start that the kernel gives them no network of their own', () => {
    const [line, ...others] = linesAtStart(false);
    expect(others).toEqual([]);
    expect(line?.level).toBe(40);
    expect(line?.msg).toContain('no network of its own');
    expect(linesAtStart(true)).toEqual([]);
  });

  it('take the first way to such a network that this kernel grants, and none where it grants none', () => {
    const [refused, granted] = [['/bin/false'], ['/usr/bin/env', '--']];
    expect(wayWithoutNetwork([refused, granted])).toEqual(granted);
    expect(wayWithoutNetwork([refused, ['/not/there']])).toEqual([]);
  });
});
