import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { PROBLEMS, type ProblemCode } from '@vitrine/kernel';
import { until } from './browser.js';

/** The one sentence that the product has for this. */
export const sentence = (code: ProblemCode): string => PROBLEMS[code].message;

/** Fails with all that the page says instead. */
export const says = (page: Page, code: ProblemCode): Promise<string> =>
  until(
    code,
    () => page.locator('body').innerText(),
    (text) => text.includes(sentence(code)),
    30_000,
  );

/** The answer is this problem, in the form of RFC 9457. */
export function problem(answer: { status: number; text: string }, code: ProblemCode): void {
  expect(JSON.parse(answer.text)).toMatchObject({
    type: `urn:vitrine:problem:${code}`,
    status: PROBLEMS[code].http,
    code,
    detail: sentence(code),
  });
  expect(answer.status).toBe(PROBLEMS[code].http);
}
