import { describe, expect, it } from '@jest/globals';
import { newId, Problem } from '@vitrine/kernel';
import { digestOfBlobs, GrantSigner, type SessionGrant } from './grants.js';

const signer = new GrantSigner(Buffer.alloc(32, 1));
const now = new Date('2026-01-31T09:30:00Z');
const blobIds = [newId(), newId()];
const grant: SessionGrant = {
  sessionId: newId(),
  by: { kind: 'account', id: newId() },
  patientId: newId(),
  imageDigest: `sha256:${'a'.repeat(64)}`,
  blobs: digestOfBlobs(blobIds),
  until: '2026-01-31T11:30:00.000Z',
};
const claim = { patientId: grant.patientId, blobIds, bytes: 1, files: 2 };
const refusal = (work: () => unknown) => {
  try {
    work();
    return undefined;
  } catch (error) {
    const { code, logContext } = Problem.from(error);
    return `${code}: ${String(logContext['reason'])}`;
  }
};

describe('a grant', () => {
  it('is good for its session, its patient and its files, in whatever order', () => {
    const signed = signer.sign(grant);
    const other = { ...claim, blobIds: [...blobIds].reverse() };
    expect(signer.check(signed, grant.sessionId, other, now)).toEqual(grant);
  });

  it.each([
    ['nobody signed one', null, grant.sessionId, claim, now, 'there is no grant'],
    [
      'another key signed it',
      new GrantSigner(Buffer.alloc(32, 2)).sign(grant),
      grant.sessionId,
      claim,
      now,
      'its signature',
    ],
    ['it is for another session', signer.sign(grant), newId(), claim, now, 'another session'],
    [
      'the patient was changed',
      signer.sign(grant),
      grant.sessionId,
      { ...claim, patientId: newId() },
      now,
      'another patient',
    ],
    [
      'a file was added',
      signer.sign(grant),
      grant.sessionId,
      { ...claim, blobIds: [...blobIds, newId()] },
      now,
      'other files',
    ],
    [
      'a file was exchanged',
      signer.sign(grant),
      grant.sessionId,
      { ...claim, blobIds: [blobIds[0]!, newId()] },
      now,
      'other files',
    ],
    ['its time is over', signer.sign(grant), grant.sessionId, claim, new Date(grant.until), 'it is over'],
    ['it was never a grant', 'x', grant.sessionId, claim, now, 'there is no grant'],
  ] as const)('is refused when %s', (_, text, sessionId, said, at, reason) => {
    expect(refusal(() => signer.check(text, sessionId, said, at))).toBe(`sessions.not-granted: ${reason}`);
  });

  it('is refused when a single character of it was changed', () => {
    const signed = signer.sign(grant);
    for (let at = 0; at < signed.length - 1; at += 7) {
      const changed = `${signed.slice(0, at)}${signed[at] === 'A' ? 'B' : 'A'}${signed.slice(at + 1)}`;
      expect(refusal(() => signer.check(changed, grant.sessionId, claim, now))).toMatch(
        /^sessions.not-granted/,
      );
    }
  });
});
