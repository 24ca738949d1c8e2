import { describe, expect, it } from '@jest/globals';
import type { Account, Patient } from '@vitrine/identity';
import { decideAccess, requireAccess, type AccessRequest, type Actor } from './access.js';
import type { Grant } from './grant.entity.js';
import type { ShareLink } from './share-link.entity.js';

const account = (patientId?: string): Actor => ({
  kind: 'account',
  account: { id: 'account' } as Account,
  patient: patientId === undefined ? null : ({ id: patientId } as Patient),
});
const visitor = (link: Partial<ShareLink> = {}, sessionId: string | null = null): Actor => ({
  kind: 'visitor',
  link: { patientId: 'jane', itemIds: ['ct', 'pdf'], control: 'view', sessionId: null, ...link } as ShareLink,
  grant: { sessionId } as Grant,
});
const session = { id: 'session', patientId: 'jane', itemIds: ['ct'] };

const keepRecord: AccessRequest = { act: 'keep-record', patientId: 'jane' };
const start: AccessRequest = { act: 'start-session', patientId: 'jane', itemIds: ['ct'] };
const join: AccessRequest = { act: 'join-session', session };
const keepSession: AccessRequest = { act: 'keep-session', session };

describe('access', () => {
  it.each([
    ['the patient', account('jane'), ['control', 'control', 'control', 'control']],
    ['another patient', account('joe'), [null, null, null, null]],
    ['an account without a record', account(), [null, null, null, null]],
    ['a visitor who sees', visitor(), [null, 'view', null, null]],
    ['a visitor who steers', visitor({ control: 'control' }), [null, 'control', null, null]],
    ['a visitor of this session', visitor({ sessionId: 'session' }), [null, 'view', 'view', null]],
    ['a visitor who was bound to it', visitor({}, 'session'), [null, 'view', 'view', null]],
    ['a visitor of another session', visitor({ sessionId: 'other' }, 'third'), [null, 'view', null, null]],
    ['a visitor of another patient', visitor({ patientId: 'joe' }, 'session'), [null, null, null, null]],
    ['a visitor with less', visitor({ itemIds: ['pdf'] }, 'session'), [null, null, null, null]],
  ] as const)('of %s to the record, a start, a join and a stop', (_, actor, expected) => {
    expect([keepRecord, start, join, keepSession].map((request) => decideAccess(actor, request))).toEqual(
      expected,
    );
  });

  it('is not given for nothing at all', () => {
    expect(decideAccess(visitor(), { ...start, itemIds: [] })).toBeNull();
  });

  it('that is refused looks like something that is not there', () => {
    expect(() => requireAccess(account('joe'), keepRecord)).toThrow('not yours to see');
    expect(requireAccess(account('jane'), keepRecord)).toBe('control');
  });
});
