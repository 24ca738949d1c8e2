import { describe, expect, it } from '@jest/globals';
import type { AuditLine } from '../api/types.js';
import { isLook, looksAt } from './audit-looks.js';

const line = (
  sequence: number,
  action: AuditLine['action'],
  entities: AuditLine['entities'],
  you = false,
): AuditLine => ({
  sequence,
  at: '2026-11-20T12:00:00.000Z',
  action,
  outcome: 'success',
  agent: { kind: you ? 'account' : 'visitor', name: 'Dr Weber', you },
  entities,
  details: {},
});
const item = (id: string) => ({ kind: 'item' as const, id });
const session = (id: string) => ({ kind: 'session' as const, id });
const lines = [
  line(5, 'session.joined', [session('s1')]),
  line(4, 'session.joined', [session('s2')]),
  line(3, 'session.joined', [session('s1')], true),
  line(2, 'session.started', [session('s1'), item('a')], true),
  line(1, 'record.added', [item('a')], true),
];

describe('looksAt', () => {
  it('finds who came into a view of the thing, by the line of its start', () =>
    expect(looksAt(lines, 'a').map(({ sequence }) => sequence)).toEqual([5, 2]));

  it('finds nothing for a thing that nobody opened', () => expect(looksAt(lines, 'b')).toEqual([]));
});

describe('isLook', () => {
  it('leaves out what is no look', () => expect(isLook(line(1, 'link.made', []))).toBe(false));
});
