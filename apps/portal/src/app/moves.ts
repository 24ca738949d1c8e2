import type { RouterHistory } from '@tanstack/react-router';

/**
 * Answers whether a person has gone to another page since the browser loaded one. Being led on, as from the start to the
 * record, is none of their moves, and neither is a page that is drawn anew.
 */
export function watchMoves(history: Pick<RouterHistory, 'subscribe'>): () => boolean {
  let moved = false;
  history.subscribe(({ action }) => {
    if (action.type !== 'REPLACE') moved = true;
  });
  return () => moved;
}
