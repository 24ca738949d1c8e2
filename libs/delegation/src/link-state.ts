import { Problem } from '@vitrine/kernel';
import type { ShareLink } from './share-link.entity.js';

/** Over the whole life of a link; then it is closed for good (SMART Health Links asks for a lifetime limit). */
export const PASSCODE_TRIES = 10;

export type LinkState = 'active' | 'used-up' | 'expired' | 'revoked' | 'locked';

type Facts = Pick<
  ShareLink,
  'revokedAt' | 'expiresAt' | 'uses' | 'maximumUses' | 'passcodeHash' | 'passcodeTries'
>;

/** What a link is now. What the patient did comes before what happened to it. */
export function linkState(link: Facts, now: string): LinkState {
  if (link.revokedAt !== null) return 'revoked';
  if (link.expiresAt <= now) return 'expired';
  if (link.passcodeHash !== null && link.passcodeTries >= PASSCODE_TRIES) return 'locked';
  if (link.uses >= link.maximumUses) return 'used-up';
  return 'active';
}

/** Why a link lets nobody in; null for one that does. */
export function refusalOf(state: LinkState): Problem | null {
  switch (state) {
    case 'active':
      return null;
    case 'revoked':
      return new Problem('delegation.link-revoked');
    case 'expired':
      return new Problem('delegation.link-expired');
    case 'locked':
      return new Problem('delegation.passcode-locked', { extensions: { remainingTries: 0 } });
    case 'used-up':
      return new Problem('delegation.link-used-up');
  }
}
