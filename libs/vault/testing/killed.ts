import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { ObjectStorageSettings } from '@vitrine/kernel';

const CHILD = resolve(import.meta.dirname, 'put-until-killed.ts');

/** What was acknowledged when a process that stores into a folder was killed, some milliseconds after so many files. */
export const putUntilKilled = ({
  folder,
  files,
  laterMs,
  objectStorage,
}: {
  readonly folder: string;
  readonly files: number;
  readonly laterMs: number;
  readonly objectStorage?: ObjectStorageSettings;
}): Promise<string[]> =>
  new Promise((done, failed) => {
    const args = ['--import', '#typescript', CHILD, folder];
    if (objectStorage !== undefined) args.push(JSON.stringify(objectStorage));
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').length > files) setTimeout(() => child.kill('SIGKILL'), laterMs);
    });
    child.once('exit', (code) => {
      if (code === null) done(said.split('\n').slice(0, -1));
      else failed(new Error(`the process ended by itself with ${code}`));
    });
  });
