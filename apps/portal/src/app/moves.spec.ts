import { describe, expect, it } from '@jest/globals';
import { createMemoryHistory } from '@tanstack/react-router';
import { watchMoves } from './moves.js';

describe('a person', () => {
  const begun = () => {
    const history = createMemoryHistory({ initialEntries: ['/shares', '/'], initialIndex: 1 });
    return { history, hasMoved: watchMoves(history) };
  };

  it('has not moved when the browser loaded a page, or was led on from it', () => {
    const { history, hasMoved } = begun();
    expect(hasMoved()).toBe(false);
    history.replace('/record');
    expect(hasMoved()).toBe(false);
  });

  it('has moved by a link, and stays moved when led on from there', () => {
    const { history, hasMoved } = begun();
    history.push('/add');
    history.replace('/record');
    expect(hasMoved()).toBe(true);
  });

  it('has moved by going back', () => {
    const { history, hasMoved } = begun();
    history.back();
    expect(hasMoved()).toBe(true);
  });
});
