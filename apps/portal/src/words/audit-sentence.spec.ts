import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { AuditLine } from '../api/types.js';
import { AUDITED } from '../messages/audited.js';
import { catalogue } from '../messages/catalogue.js';
import { auditSentence } from './audit-sentence.js';

type Change = Partial<Omit<AuditLine, 'agent'>> & { agent?: Partial<AuditLine['agent']> };

const line = ({ agent, ...change }: Change = {}): AuditLine => ({
  sequence: 1,
  at: '2026-11-20T12:00:00.000Z',
  action: 'session.started',
  outcome: 'success',
  entities: [{ kind: 'item', id: 'i', label: 'CT of the head' }],
  details: {},
  ...change,
  agent: { kind: 'account', name: 'Anna Weiss', you: true, ...agent },
});
const languages = ['en', 'de'] as const;
const { t } = catalogue('en');

describe('auditSentence', () => {
  it('knows every act that the server records', () => {
    const source = readFileSync('libs/audit/src/audit-codes.ts', 'utf8');
    const recorded = [...source.matchAll(/^ {2}'([a-z-]+\.[a-z-]+)': \{/gm)].map((match) => match[1]);
    expect(recorded.length).toBeGreaterThan(20);
    expect([...AUDITED].sort()).toEqual(recorded.sort());
  });

  it.each(languages.flatMap((language) => AUDITED.map((action) => [language, action] as const)))(
    'has a sentence of its own in %s for %s',
    (language, action) => {
      const words = catalogue(language).t;
      const unknown = auditSentence(line({ action: 'not-yet.known' as AuditLine['action'] }), words);
      for (const you of [true, false])
        for (const outcome of ['success', 'refused', 'failed'] as const) {
          const sentence = auditSentence(line({ action, outcome, agent: { you } }), words);
          expect(sentence).toMatch(/^\p{Lu}.*\.$/u);
          expect(sentence).not.toMatch(/\{\{|audit\.|undefined/);
          expect(sentence).not.toBe(unknown);
        }
    },
  );

  it('says “you” to the reader and the name of anybody else', () => {
    expect(auditSentence(line(), t)).toBe('You opened “CT of the head”.');
    expect(auditSentence(line({ agent: { you: false, name: 'Operator' } }), t)).toBe(
      'Operator opened “CT of the head”.',
    );
  });

  it('says of a viewer that it has no special rights where that was seen, and leaves it out where it was not', () => {
    const checked = (details: AuditLine['details']) =>
      auditSentence(line({ action: 'session.checked', agent: { kind: 'system', you: false }, details }), t);
    const rights = 'It has no special rights on the computer that it runs on.';
    expect(checked({ capabilities: 'none', seccomp: 'filter' })).toMatch(rights);
    expect(checked({ capabilities: 'CAP_CHOWN', seccomp: 'filter' })).not.toMatch(rights);
    expect(checked({ interfaces: 'lo', writable: '/tmp' })).not.toMatch(rights);
  });

  it('says that a visitor came by a link, and what that person could do', () =>
    expect(
      auditSentence(
        line({
          action: 'session.joined',
          agent: { kind: 'visitor', you: false, name: 'Dr Weber' },
          details: { control: 'view' },
        }),
        t,
      ),
    ).toBe('Dr Weber (by a link) looked at “CT of the head”. Looking only.'));

  it('says of a link whether a name is shown over the picture, if it is known', () => {
    const made = (details: AuditLine['details']) => auditSentence(line({ action: 'link.made', details }), t);
    expect(made({ control: 'view', watermark: true })).toMatch(
      /Looking only\. The visitor’s name is shown over the picture\.$/,
    );
    expect(made({ control: 'control', watermark: false })).toMatch(
      /May steer\. No name is shown over the picture\.$/,
    );
    expect(made({ control: 'view' })).toMatch(/Looking only\.$/);
  });

  it('says of what was looked at before it was kept that it was no part of the record', () =>
    expect(auditSentence(line({ details: { deposit: true } }), t)).toBe(
      'You opened “CT of the head”. It was not part of your record yet.',
    ));

  it('tells with whom a viewer spoke, how much, and why it no longer may', () => {
    const of = (
      action: AuditLine['action'],
      details: AuditLine['details'],
      outcome: AuditLine['outcome'] = 'success',
    ) =>
      auditSentence(
        line({ action, details, outcome, agent: { kind: 'system', you: false, name: 'Vitrine' } }),
        t,
      );
    const target = 'tools.example.org';
    expect(auditSentence(line({ details: { egress: target } }), t)).toBe(
      'You opened “CT of the head”. It was allowed to speak with tools.example.org.',
    );
    expect(of('session.egress-began', { target })).toBe(
      'The viewer of “CT of the head” began to speak with tools.example.org.',
    );
    expect(of('session.egress-ended', { target, bytesOut: 12_001, bytesIn: 0 })).toBe(
      'The viewer of “CT of the head” sent 13 kB to tools.example.org and got 0 kB from there.',
    );
    expect(of('session.egress-ended', { target: '(others)' }, 'refused')).toBe(
      'The viewer of “CT of the head” tried to speak with other computers and was not let.',
    );
    expect(of('session.egress-closed', { reason: 'somebody-joined' })).toBe(
      'From then on the viewer of “CT of the head” could speak with nobody outside. Somebody was let in.',
    );
  });

  it('tells what was refused and what failed', () => {
    expect(auditSentence(line({ outcome: 'failed' }), t)).toBe(
      'You opened “CT of the head”. This did not work.',
    );
    expect(auditSentence(line({ action: 'account.signed-in', outcome: 'refused' }), t)).toBe(
      'Somebody tried to sign in to your account with a wrong password.',
    );
  });

  it('stays true for an act that it does not know', () =>
    expect(auditSentence(line({ action: 'later.added' as AuditLine['action'] }), t)).toBe(
      'You did something with “CT of the head”.',
    ));
});
