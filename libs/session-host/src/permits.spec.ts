import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { newId, Problem } from '@vitrine/kernel';
import { MOST_EGRESS_TARGETS } from './egress-target.js';
import { digestOfBlobs, PermitSigner, type SessionPermit } from './permits.js';

const signer = new PermitSigner(Buffer.alloc(32, 1));
const now = new Date('2026-01-31T09:30:00Z');
const blobIds = [newId(), newId()];
const permit: SessionPermit = {
  sessionId: newId(),
  by: { kind: 'account', id: newId() },
  patientId: newId(),
  imageDigest: `sha256:${'a'.repeat(64)}`,
  isolation: 'standard',
  blobs: digestOfBlobs(blobIds),
  egress: [],
  until: '2026-01-31T11:30:00.000Z',
};
const claim = { patientId: permit.patientId, blobIds, bytes: 1, files: 2, scratch: false };
const refusal = (work: () => unknown) => {
  try {
    work();
    return undefined;
  } catch (error) {
    const { code, logContext } = Problem.from(error);
    return `${code}: ${String(logContext['reason'])}`;
  }
};

describe('a permit', () => {
  it('is good for its session, its patient and its files, in whatever order', () => {
    const signed = signer.sign(permit);
    const other = { ...claim, blobIds: [...blobIds].reverse() };
    expect(signer.check(signed, permit.sessionId, other, now)).toEqual(permit);
  });

  it('says whether results may come out; one that does not speak of them says no', () => {
    const check = (change: Partial<SessionPermit>) =>
      signer.check(signer.sign({ ...permit, ...change }), permit.sessionId, claim, now).results;
    expect(check({ results: true })).toBe(true);
    expect(check({ results: false })).toBeUndefined();
    expect(check({})).toBeUndefined();
  });

  it('says with whom the guest may speak, which is nobody where it says nothing', () => {
    const open = (text: string) => signer.open(text, permit.sessionId, now).egress;
    expect(open(signer.sign(permit))).toEqual([]);
    const egress = Array.from(
      { length: MOST_EGRESS_TARGETS },
      () => `${'a'.repeat(63)}.${'b.'.repeat(90)}org:65535`,
    );
    expect(open(signer.sign({ ...permit, egress }))).toEqual(egress);
    const { sessionId, by, patientId, imageDigest, isolation, blobs, until } = permit;
    const body = Buffer.from(
      JSON.stringify([1, sessionId, by.kind, by.id, patientId, imageDigest, isolation, blobs, until]),
    ).toString('base64url');
    const mac = createHmac('sha256', Buffer.alloc(32, 1)).update(`permit\n${body}`).digest('base64url');
    expect(open(`${body}.${mac}`)).toEqual([]);
  });

  it.each([
    ['nobody signed one', null, permit.sessionId, claim, now, 'there is no permit'],
    [
      'another key signed it',
      new PermitSigner(Buffer.alloc(32, 2)).sign(permit),
      permit.sessionId,
      claim,
      now,
      'its signature',
    ],
    ['it is for another session', signer.sign(permit), newId(), claim, now, 'another session'],
    [
      'the patient was changed',
      signer.sign(permit),
      permit.sessionId,
      { ...claim, patientId: newId() },
      now,
      'another patient',
    ],
    [
      'a file was added',
      signer.sign(permit),
      permit.sessionId,
      { ...claim, blobIds: [...blobIds, newId()] },
      now,
      'other files',
    ],
    [
      'a file was exchanged',
      signer.sign(permit),
      permit.sessionId,
      { ...claim, blobIds: [blobIds[0]!, newId()] },
      now,
      'other files',
    ],
    ['its time is over', signer.sign(permit), permit.sessionId, claim, new Date(permit.until), 'it is over'],
    ['it was never a permit', 'x', permit.sessionId, claim, now, 'there is no permit'],
  ] as const)('is refused when %s', (_, text, sessionId, said, at, reason) => {
    expect(refusal(() => signer.check(text, sessionId, said, at))).toBe(`sessions.not-permitted: ${reason}`);
  });

  it('is refused when a single character of it was changed', () => {
    const signed = signer.sign(permit);
    for (let at = 0; at < signed.length - 1; at += 7) {
      const changed = `${signed.slice(0, at)}${signed[at] === 'A' ? 'B' : 'A'}${signed.slice(at + 1)}`;
      expect(refusal(() => signer.check(changed, permit.sessionId, claim, now))).toMatch(
        /^sessions.not-permitted/,
      );
    }
  });
});
