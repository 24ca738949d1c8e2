import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { OFFLINE, ProblemError, problemFrom } from '../api/problem.js';
import { catalogue } from '../messages/catalogue.js';
import { problems } from '../messages/de/problems.js';
import { problemSentence } from './problem-sentence.js';

const codes = [
  ...readFileSync('libs/kernel/src/problems.ts', 'utf8').matchAll(/^ {2}'([a-z]+\.[a-z-]+)': row\(/gm),
].map((match) => match[1] ?? '');

describe('problemSentence', () => {
  it.each(codes)('has a German sentence for %s', (code) => expect(problems[code]).toMatch(/\.$/));

  it('shows the sentence of the server', () => {
    const problem = problemFrom(410, { code: 'delegation.link-expired', detail: 'This link has expired.' });
    expect(problemSentence(problem, 'en-GB', catalogue('en').t)).toBe('This link has expired.');
  });

  it('never shows a machine’s words', () => {
    const { t } = catalogue('en');
    expect(problemSentence(new TypeError('x is undefined'), 'en', t)).toMatch(/^Something went wrong/);
    expect(problemSentence(problemFrom(502, '<html>'), 'en', t)).toMatch(/^Something went wrong/);
  });

  it('says that the server cannot be reached', () =>
    expect(problemSentence(new ProblemError(OFFLINE, 0, ''), 'en', catalogue('en').t)).toMatch(
      /cannot be reached/,
    ));
});
