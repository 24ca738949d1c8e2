import { createBrowserHistory } from '@tanstack/react-router';
import { watchMoves } from './moves.js';

/** The browser's own, which the router goes by. */
export const history = createBrowserHistory();

export const hasMoved = watchMoves(history);
