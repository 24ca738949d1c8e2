/** How Node finds and loads a TypeScript file of ours: by the names of tsconfig.base.json, compiled as .swcrc says. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compiled } from './compiled.mjs';

const LIBS = new URL('../../libs/', import.meta.url);
const LIB = /^@vitrine\/([^/]+)(\/testing)?$/;

export function resolve(specifier, context, next) {
  const lib = LIB.exec(specifier);
  if (lib) return found(new URL(`${lib[1]}/${lib[2] ? 'testing' : 'src'}/index.ts`, LIBS).href);
  // Written as what it compiles to.
  if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(source)) return found(source.href);
  }
  return next(specifier, context);
}

const found = (url) => ({ url, format: 'module', shortCircuit: true });

export function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const path = fileURLToPath(url);
  return { format: 'module', source: compiled(path, readFileSync(path, 'utf8')), shortCircuit: true };
}
