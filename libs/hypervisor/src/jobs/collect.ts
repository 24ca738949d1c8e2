import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A result that is expected. Every file whose name no rule knows is left behind. */
export interface CollectRule {
  readonly name: string | RegExp;
  readonly maximumBytes: number;
}

export interface CollectedFile {
  readonly name: string;
  /** Untrusted: made from untrusted input by a program that may have been taken over by it. */
  readonly untrustedContent: Buffer;
}

export interface Collection {
  readonly files: readonly CollectedFile[];
  /** How many entries were left behind: unknown name, link, pipe, too large, too many. */
  readonly refused: number;
}

/** Bounds on all of them together. A sparse file claims more than its file system could hold, and is filled when read. */
export interface CollectBounds {
  readonly files: number;
  readonly bytes: number;
}

const UNBOUNDED: CollectBounds = { files: Infinity, bytes: Infinity };

/**
 * Takes results out of a folder that a guest wrote. Only call it when the guest is dead: nobody may change an entry
 * between look and read. Only plain files with one name of an expected form are opened, no link is followed, and no
 * more is read than rules and bounds allow, whatever the file claims to be. Ordered by name.
 */
export async function collectResults(
  folder: string,
  rules: readonly CollectRule[],
  bounds = UNBOUNDED,
): Promise<Collection> {
  const names = (await readdir(folder)).sort();
  const files: CollectedFile[] = [];
  let left = bounds.bytes;
  for (const name of names) {
    const rule = rules.find((candidate) => matches(candidate.name, name));
    if (rule === undefined || files.length >= bounds.files) continue;
    const untrustedContent = await readPlainFile(join(folder, name), Math.min(rule.maximumBytes, left));
    if (untrustedContent === undefined) continue;
    left -= untrustedContent.length;
    files.push({ name, untrustedContent });
  }
  return { files, refused: names.length - files.length };
}

function matches(expected: string | RegExp, name: string): boolean {
  return typeof expected === 'string'
    ? expected === name
    : new RegExp(`^(?:${expected.source})$`, expected.flags).test(name);
}

async function readPlainFile(path: string, maximumBytes: number): Promise<Buffer | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (file === undefined) return undefined;
  try {
    const stat = await file.stat();
    // A second name could be a name of a file elsewhere.
    if (!stat.isFile() || stat.nlink !== 1 || stat.size > maximumBytes) return undefined;
    const content = Buffer.alloc(stat.size);
    const { bytesRead } = await file.read(content, 0, content.length, 0);
    return content.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
