import { describe, expect, it } from '@jest/globals';
import { AnswerPace } from './answer-pace.js';

const paceOf = (...times: readonly number[]): AnswerPace => {
  const pace = new AnswerPace();
  times.forEach((ms, index) => pace.note(`guest ${index}`, ms));
  return pace;
};

describe('AnswerPace', () => {
  it('is slow where most guests take long', () => {
    expect(paceOf(3_000, 1_200, 1_500, 2_000, 5, 9).isSlow).toBe(true);
    expect(paceOf(3_000, 1_200, 1_500, 20, 5, 9).isSlow).toBe(false);
  });

  it('tells nothing by the guests of one or two sessions, which may all be frozen', () =>
    expect(paceOf(3_000, 3_000, 3_000, 3_000).isSlow).toBe(false));

  it('counts the latest answer of each guest', () => {
    const pace = paceOf(3_000, 3_000, 3_000, 3_000, 3_000, 3_000);
    for (let index = 0; index < 3; index++) pace.note(`guest ${index}`, 4);
    expect(pace.isSlow).toBe(false);
  });
});
