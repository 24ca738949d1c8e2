import type { Found } from './gather.js';

/** An import that was not sent to the end: its id, and which files have arrived. Survives closing the page. */
export interface Unfinished {
  readonly importId: string;
  readonly done: ReadonlySet<string>;
}

const keyOf = (owner: string): string => `vitrine.unfinished.${owner}`;

export function readUnfinished(owner: string): Unfinished | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(keyOf(owner)) ?? 'null');
    if (typeof stored !== 'object' || stored === null) return null;
    const { importId, done } = stored as Record<string, unknown>;
    if (typeof importId !== 'string' || !Array.isArray(done)) return null;
    return { importId, done: new Set(done.filter((key) => typeof key === 'string')) };
  } catch {
    return null;
  }
}

export function writeUnfinished(owner: string, unfinished: Unfinished): void {
  try {
    localStorage.setItem(
      keyOf(owner),
      JSON.stringify({ importId: unfinished.importId, done: [...unfinished.done] }),
    );
  } catch {
    // A full or forbidden storage only costs the comfort of resuming.
  }
}

export const forgetUnfinished = (owner: string): void => localStorage.removeItem(keyOf(owner));

/** The same file in the same place gives the same short key; 53 bits, so that no two files of a disc meet by chance. */
export function keyOfFile({ file, path }: Found): string {
  const text = `${path} ${file.size} ${file.lastModified}`;
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}
