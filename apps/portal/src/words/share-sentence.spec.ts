import { describe, expect, it } from '@jest/globals';
import { catalogue } from '../messages/catalogue.js';
import { shareSentence, type ShareChoice } from './share-sentence.js';

const now = new Date(2026, 10, 18, 9, 0).getTime(); // a Wednesday
const choice: ShareChoice = {
  label: 'Dr Weber',
  control: 'view',
  things: 1,
  imaging: true,
  expiresAt: new Date(2026, 10, 20, 18, 0).toISOString(),
  maximumUses: 1,
  passcode: false,
  watermark: false,
};
const english = (change: Partial<ShareChoice> = {}): string =>
  shareSentence({ ...choice, ...change }, now, 'en-GB', catalogue('en').t);

describe('shareSentence', () => {
  it('says who may do what until when, what is impossible, and how often', () =>
    expect(english()).toBe(
      'Dr Weber can look at this scan until Friday 18:00, but not steer. Downloading is not possible. The link works once.',
    ));

  it('says that the person may steer', () =>
    expect(english({ control: 'control' })).toContain('look at this scan and steer the viewer until'));

  it('counts the things and the uses', () => {
    const words = english({ things: 3, maximumUses: 5 });
    expect(words).toContain('these 3 things');
    expect(words).toContain('works 5 times');
  });

  it('speaks of whoever has the link before a name was typed', () =>
    expect(english({ label: '  ' })).toMatch(/^Whoever has the link can/));

  it('mentions the passcode only when there is one', () => {
    expect(english({ passcode: true })).toContain('passcode');
    expect(english()).not.toContain('passcode');
  });

  it('says that the name will stand over the picture only when it will', () => {
    expect(english({ watermark: true })).toMatch(/The name stands over the picture\.$/);
    expect(english()).not.toContain('name');
  });

  it('speaks German', () =>
    expect(shareSentence(choice, now, 'de-DE', catalogue('de').t)).toBe(
      'Dr Weber kann diese Aufnahme ansehen, aber nicht steuern, und zwar bis Freitag 18:00. Herunterladen ist nicht möglich. Der Link geht einmal.',
    ));
});
