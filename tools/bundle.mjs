/**
 * Puts each compiled application into a few files: to find and open two thousand takes longer than all else at a start.
 * The programs and threads that it starts by the name of a file, `…-main.js` and `…-worker.js`, lie beside it.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'vite';
import { replaceFiles } from './setup/replace-files.mjs';

const APPS = ['control-plane', 'session-gateway', 'session-host'];
/** They look for files next to their own, or are loaded by few installations. */
const APART = ['@aws-sdk/client-s3', '@node-rs/argon2', 'better-sqlite3-multiple-ciphers', 'dockerode'];

for (const app of APPS) {
  // Not where they are started from: that would be empty while they are put together, for many seconds on a busy machine.
  const made = join('dist/bundled', app);
  const compiled = join('dist/compiled', app);
  const entries = readdirSync(compiled, { recursive: true }).filter(
    (path) => path === `apps/${app}/src/main.js` || /-(main|worker)\.js$/.test(path),
  );
  const named = entries.map((path) => [basename(path, '.js'), join(compiled, path)]);
  const input = Object.fromEntries(named);
  if (Object.keys(input).length < entries.length) throw new Error(`Two have one name: ${entries.join(', ')}`);
  await build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true, external: APART },
    build: {
      ssr: true,
      target: 'node20',
      outDir: made,
      emptyOutDir: true,
      sourcemap: true,
      rolldownOptions: {
        input,
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: '[name]-[hash].js',
          // Nest and TypeORM go by the names of classes.
          keepNames: true,
          sourcemapExcludeSources: true,
        },
      },
    },
  });
  const entryFiles = Object.keys(input).map((name) => `${name}.js`);
  replaceFiles(made, join('dist/apps', app), entryFiles);
}
