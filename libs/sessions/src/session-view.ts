import type { Control } from '@vitrine/delegation';
import type { Isolation } from '@vitrine/hypervisor';
import type { Instant } from '@vitrine/kernel';
import type { SessionState } from './session-machine.js';
import type { EndReason } from './session.entity.js';
import type { Standing } from './start-queue.js';

/** How far the way to the picture is: waiting for a place, copying, starting, opening, there. */
export const SESSION_STEPS = ['waiting', 'folder', 'viewer', 'opening', 'showing'] as const;
export type SessionStep = (typeof SESSION_STEPS)[number];

/** Somebody whose browser shows the display at this moment. */
export interface ParticipantView {
  /** Of the participation: names one open display, not a person. */
  readonly id: string;
  readonly name: string;
  readonly initials: string;
  readonly kind: 'account' | 'visitor';
  readonly control: Control;
  readonly since: Instant;
  readonly you: boolean;
}

/** A session as one person sees it. */
export interface SessionView {
  readonly id: string;
  readonly state: SessionState;
  readonly step: SessionStep;
  /** What happens now, in plain words and true. */
  readonly message: string;
  /** Where it stands while it waits for a place. */
  readonly standing?: Standing;
  readonly title: string;
  readonly viewer: { readonly id: string; readonly title: string; readonly isolation: Isolation };
  readonly itemIds: readonly string[];
  /** Only of a session that was allowed to speak with others, and only for its patient. */
  readonly egress?: { readonly to: readonly string[]; readonly open: boolean };
  readonly control: Control;
  /** What stands over the picture as this person sees it: who they are. One line. */
  readonly watermark?: string;
  readonly expiresAt: Instant;
  readonly idleEndsAt: Instant;
  readonly endReason?: EndReason;
  readonly participants: readonly ParticipantView[];
  readonly mine: boolean;
  /** The beholder may hand out links to it: it is theirs, and all of it is part of the record. */
  readonly shareable: boolean;
  /** What is saved in it waits for the beholder's yes or no once it is closed. */
  readonly saves: boolean;
  /** It is no viewer but a copy of an image that the beholder changes, with made data and a network. */
  readonly build: boolean;
}

/** Whose eyes the view is for. */
export interface Beholder {
  /** Account id or grant id. */
  readonly participantId: string;
  readonly control: Control;
  readonly mine: boolean;
  readonly watermark?: string;
}
