import { PROBLEMS } from '@vitrine/kernel';
import type { LaunchProgress } from './launch-registry.js';
import type { SessionStep } from './session-view.js';
import type { Standing } from './start-queue.js';
import type { EndReason, Session } from './session.entity.js';

/** Where the session is on the way to the picture, by what is known and not by what is hoped. */
export function stepOf(session: Session, launch: LaunchProgress | undefined): SessionStep {
  switch (session.state) {
    case 'requested':
      return 'waiting';
    case 'preparing':
      return 'folder';
    case 'starting':
      return 'viewer';
    case 'ready':
    case 'stopping':
    case 'ended':
    case 'failed':
      if (session.viewerStatus === 'showing' || session.viewerStatus === 'refused') return 'showing';
      // The display is there and the files are still being copied.
      return launch ? 'folder' : 'opening';
  }
}

/** One sentence for the person who waits or looks. */
export function messageOf(session: Session, step: SessionStep, launch: LaunchProgress | undefined): string {
  switch (session.state) {
    case 'stopping':
      return session.failure ? PROBLEMS[session.failure].message : 'The viewer is being closed.';
    case 'ended':
    case 'failed':
      return session.failure ? PROBLEMS[session.failure].message : END_WORDS[session.endReason ?? 'stopped'];
    case 'requested':
    case 'preparing':
    case 'starting':
    case 'ready':
      return liveWords(session, step, launch);
  }
}

function liveWords(session: Session, step: SessionStep, launch: LaunchProgress | undefined): string {
  switch (step) {
    case 'waiting':
      return waitingWords(launch?.standing);
    case 'folder':
      return 'Preparing your folder.';
    case 'viewer':
      return 'Starting the viewer.';
    case 'opening':
      return 'The viewer is opening what you chose.';
    case 'showing':
      if (session.viewerStatus === 'refused') return 'The viewer could not show this. Its window says why.';
      return launch
        ? 'The viewer is showing the first pictures. The others are on their way.'
        : 'The viewer is showing what you chose.';
  }
}

const waitingWords = ({ ahead, freeBy }: Standing = { ahead: 0 }): string => {
  const place =
    ahead === 0
      ? 'Your viewer is next to be started.'
      : ahead === 1
        ? 'One other viewer is started before yours.'
        : `${ahead} other viewers are started before yours.`;
  return freeBy === undefined ? place : `All places are taken. ${place}`;
};

const END_WORDS: Readonly<Record<EndReason, string>> = {
  stopped: 'The viewer has been closed.',
  'time-up': PROBLEMS['sessions.time-up'].message,
  idle: 'The viewer was closed because nobody used it for a while.',
  revoked: PROBLEMS['sessions.cut-off'].message,
  'viewer-crashed': PROBLEMS['sessions.viewer-crashed'].message,
  'out-of-memory':
    'The viewer needed more memory than it may have. Your record is safe. Please open less of it at once.',
  'guest-lost': PROBLEMS['sessions.viewer-crashed'].message,
  'too-large': PROBLEMS['sessions.build-too-large'].message,
  'start-failed': PROBLEMS['hypervisor.start-failed'].message,
  'took-too-long': PROBLEMS['hypervisor.took-too-long'].message,
  'ended-by-admin': 'The operator of this server has closed the viewer. Your record is safe.',
};

/** “Anna Maria Weber” is AW. */
export function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => Array.from(word ?? '')[0] ?? '',
  );
  return letters.join('').toUpperCase();
}
