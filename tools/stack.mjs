/**
 * `npm run --silent stack < control-plane.log`: the same log, with the compiled files in its stacks instead of the few that
 * an application starts from. Node can do that while it runs (`--enable-source-maps`), which takes half a second of every
 * start, and as much of a running process when the first error comes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PLACE = /file:\/\/\/[^\s()":]+\.js:\d+:\d+/g;
const maps = new Map();

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${line.replace(PLACE, inSources)}\n`);

function inSources(place) {
  const [, file, line, column] = /^(.*):(\d+):(\d+)$/.exec(place);
  const found = mapOf(file)?.findEntry(Number(line) - 1, Number(column) - 1);
  if (found?.originalSource === undefined) return place;
  const source = relative('.', fileURLToPath(new URL(found.originalSource, file)));
  return `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
}

/** Undefined for a file that has none, as one of another build. */
function mapOf(file) {
  if (!maps.has(file)) {
    const path = fileURLToPath(`${file}.map`);
    maps.set(file, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined);
  }
  return maps.get(file);
}
