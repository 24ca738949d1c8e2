import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from '../../support/api-client.js';
import { runProgram } from '../../support/run-program.js';

const MIB = 1024 * 1024;
const TUS = { 'tus-resumable': '1.0.0' };

export interface UploadRates {
  /** MiB/s from the first byte sent by curl to the answer, which says that all of it is on the disk. */
  readonly ours: number;
  /** MiB/s of `dd` with a flush, of the same file on the same disk. */
  readonly disk: number;
}

/**
 * Sends one file of random bytes in one request of tus, through the gateway, and copies it by `dd`; by turns first, since
 * many a disk is slower for who comes second.
 */
export async function uploadBesideDisk(
  patient: ApiClient,
  folder: string,
  { mebibytes, turn }: { readonly mebibytes: number; readonly turn: number },
): Promise<UploadRates> {
  const file = join(folder, 'upload');
  writeRandom(file, mebibytes);
  const seconds = { ours: 0, disk: 0 };
  const order = turn % 2 === 0 ? (['disk', 'ours'] as const) : (['ours', 'disk'] as const);
  for (const who of order)
    seconds[who] = await (who === 'ours'
      ? upload(patient, file, mebibytes)
      : copied(file, join(folder, 'copy')));
  return { ours: mebibytes / seconds.ours, disk: mebibytes / seconds.disk };
}

/** Seconds. */
async function copied(file: string, copy: string): Promise<number> {
  const taken = await timed('/usr/bin/dd', [`if=${file}`, `of=${copy}`, 'bs=1M', 'conv=fsync']);
  rmSync(copy);
  return taken;
}

/** Seconds. */
async function upload(patient: ApiClient, file: string, mebibytes: number): Promise<number> {
  const { id } = await patient.call<{ id: string }>('POST', '/api/imports', {});
  const { origin } = patient.stack;
  const headers = { ...TUS, cookie: patient.cookieHeader, origin, 'x-vitrine': '1' };
  const metadata = `importId ${base64(id)},name ${base64('a.bam')}`;
  const announced = await fetch(`${origin}/api/uploads`, {
    method: 'POST',
    headers: { ...headers, 'upload-length': String(mebibytes * MIB), 'upload-metadata': metadata },
  });
  const location = new URL(announced.headers.get('location') ?? '', origin).href;
  const sent = {
    ...headers,
    'upload-offset': '0',
    'content-type': 'application/offset+octet-stream',
    expect: '',
  };
  return timed('/usr/bin/curl', [
    ...['-sS', '--fail', '-XPATCH', '-T', file],
    ...Object.entries(sent).flatMap(([name, value]) => ['-H', `${name}:${value}`]),
    location,
  ]);
}

/** How many MiB more than at the beginning a process had in memory at most, while the work lasted. */
export async function growthWhile(pid: number, work: () => Promise<void>): Promise<number> {
  const begun = residentMiB(pid);
  let most = begun;
  const timer = setInterval(() => {
    most = Math.max(most, residentMiB(pid));
  }, 50);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.round(most - begun);
}

/** Seconds. */
async function timed(program: string, args: readonly string[]): Promise<number> {
  const begun = performance.now();
  const { code, output } = await runProgram(program, args);
  if (code !== 0) throw new Error(`${program}: ${code}\n${output.slice(-500)}`);
  return (performance.now() - begun) / 1000;
}

/** On the disk, so that what is measured does not wait for it to get there. */
function writeRandom(path: string, mebibytes: number): void {
  const file = openSync(path, 'w');
  for (let n = 0; n < mebibytes; n++) writeSync(file, randomBytes(MIB));
  fsyncSync(file);
  closeSync(file);
}

const residentMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
