import type { Person } from './browser.js';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A request of the page that a person has open, with its cookies and origin: what a curious person would type. */
export const asks = ({ page }: Person, method: string, path: string, body?: unknown): Promise<Answer> =>
  page.evaluate(
    async ([method, path, body]) => {
      const answer = await fetch(path, {
        method,
        headers: { 'X-Vitrine': '1', ...(body === '' ? {} : { 'content-type': 'application/json' }) },
        ...(body === '' ? {} : { body }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    [method, path, body === undefined ? '' : JSON.stringify(body)] as const,
  );
