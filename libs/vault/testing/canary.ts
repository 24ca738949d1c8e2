import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Words that are in what is stored and must be nowhere on a disk. */
export const CANARY = 'yellow canary in the mine; ';

/** The files below a folder that hold the words, in the clear or in hexadecimal or base64 form. */
export function filesWith(words: string, folder: string): string[] {
  const bytes = Buffer.from(words);
  // Base64 of bytes that begin at any place: what does not depend on the neighbours.
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  const forms = [words, bytes.toString('hex'), ...shifted];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const content = readFileSync(path);
      return forms.some((form) => content.includes(form));
    });
}
