import type { TFunction } from 'i18next';
import { until } from './times.js';

export interface ShareChoice {
  readonly label: string;
  readonly control: 'view' | 'control';
  /** How many things the link shows. */
  readonly things: number;
  readonly imaging: boolean;
  /** ISO time at which it ends. */
  readonly expiresAt: string;
  readonly maximumUses: number;
  readonly passcode: boolean;
  readonly watermark: boolean;
}

/** Says back what was chosen, before the link exists: who, what, until when, and what that person cannot do. */
export function shareSentence(choice: ShareChoice, now: number, language: string, t: TFunction): string {
  const who = choice.label.trim() === '' ? t('share.sentence.anyone') : choice.label.trim();
  const what =
    choice.things > 1
      ? t('share.sentence.things', { count: choice.things })
      : t(choice.imaging ? 'share.sentence.scan' : 'share.sentence.document');
  const sentences = [
    t(choice.control === 'view' ? 'share.sentence.look' : 'share.sentence.steer', {
      who,
      what,
      until: until(choice.expiresAt, now, language),
    }),
    t('share.sentence.noDownload'),
    t('share.sentence.uses', { count: choice.maximumUses }),
  ];
  if (choice.passcode) sentences.push(t('share.sentence.passcode'));
  if (choice.watermark) sentences.push(t('share.sentence.watermark'));
  return sentences.join(' ');
}
