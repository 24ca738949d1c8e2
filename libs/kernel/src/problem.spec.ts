import { describe, expect, it } from '@jest/globals';
import { isProblem, Problem } from './problem.js';
import { PROBLEMS, type ProblemCode } from './problems.js';

const rows = Object.entries(PROBLEMS);

describe('Problem', () => {
  it.each(rows)('%s says in full sentences what happened, with a fitting status', (code, row) => {
    expect(code).toMatch(/^[a-z]+\.[a-z-]+$/);
    expect(row.http).toBeGreaterThanOrEqual(400);
    expect(row.ws >= 1000 && row.ws < 5000).toBe(true);
    expect(row.message).toMatch(/^[A-Z].*[.]$/);
    // A failure that the caller cannot repair must not be blamed on the caller, and the other way round.
    expect(row.blame === 'caller').toBe(row.http < 500 || code === 'vault.quota-exceeded');
  });

  it.each(rows)('%s becomes an error with its own sentence', (code) => {
    const problem = new Problem(code as ProblemCode);
    expect(problem.message).toBe(PROBLEMS[code as ProblemCode].message);
    expect(isProblem(problem, code as ProblemCode)).toBe(true);
  });

  it('keeps a stranger as the cause of an unexpected failure and hides its text', () => {
    const stranger = new Error('SELECT * FROM patient WHERE name = "Jane"');
    const problem = Problem.from(stranger);
    expect(problem.code).toBe('kernel.unexpected');
    expect(problem.cause).toBe(stranger);
    expect(problem.message).not.toContain('Jane');
  });
});
