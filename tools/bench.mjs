/** `npm run bench -- NAME`: runs one bench; its last line is one JSON object with the figures and the aims. */
import '#typescript';
import { existsSync, readdirSync } from 'node:fs';

const folder = new URL('../test/bench/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.bench.ts'))
  .map((name) => name.replace('.bench.ts', ''));
const name = process.argv[2];
const file = new URL(`${name}.bench.ts`, folder);
if (!name || !existsSync(file)) {
  process.stderr.write(`Which bench? There are: ${names.join(', ')}.\n`);
  process.exit(2);
}
const { bench } = await import(file.href);
const result = await bench(process.argv.slice(3));
process.stdout.write(`${JSON.stringify({ bench: name, ...result })}\n`);
process.exit(result.ok ? 0 : 1);
