import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { checkAfterKill, type FoundAfterKill } from '../testing/check-after-kill.js';
import { hasDcmtk } from '../testing/dcmtk.js';
import { hasFtpPrograms } from '../testing/drop-bench.js';
import { sharedExaminer } from '../testing/exchange-bench.js';

/** Each step of each door is one kill; without, a few of them. */
const ALL = process.env['VITRINE_KILLS'] === 'all';
const KILLS = 4;

jest.setTimeout(ALL ? 3_600_000 : 300_000);

const CHILD = resolve(import.meta.dirname, '../testing/act-until-killed.ts');
/** What we say ourselves, and what storescu and curl say when they hear of success. */
const ACKNOWLEDGED = /^acknowledged$|Received Store Response \(Success\)|^< 226 Stored/;
/** Doors by which all of an act is shown, or nothing. */
const AT_ONCE = ['web', 'deposit', 'portal'];

interface Told {
  /** Digests of all that was sent. */
  readonly sent: readonly string[];
  readonly acknowledged: readonly string[];
  /** How many steps it was, where it came to the end. */
  readonly steps: number | undefined;
  readonly killed: string | undefined;
}

const hasPrograms = hasDcmtk() && hasFtpPrograms();

(hasPrograms ? describe : describe.skip)('A door that is killed at any step of what it does', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-kills-'));
    mkdirSync(join(folder, 'tmp'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  afterAll(() => sharedExaminer.end());

  it.each(['web', 'deposit', 'dimse', 'inbox', 'ftps', 'drive', 'portal'])(
    'loses nothing that it acknowledged and shows nothing by half: %s',
    async (door) => {
      const told: Told[] = [];
      const actUntil = async (step: number) => {
        const one = await actUntilKilled(folder, door, step);
        told.push(one);
        check(door, told, await checkAfterKill(folder, promised(door, told)));
        return one;
      };
      const { steps = 0, acknowledged, sent } = await actUntil(Number.POSITIVE_INFINITY);
      expect(acknowledged).toEqual(sent);
      const seen: string[] = [];
      for (const step of stepsOf(steps))
        seen.push(`${step} ${(await actUntil(step)).killed ?? 'not reached'}`);
      process.stderr.write(`${door}, ${steps} steps: ${seen.join(', ')}\n`);
      // Steps vary by a few, so one near the end may not come; that none came would mean that nothing was killed.
      expect(told.filter(({ killed }) => killed !== undefined).length).toBeGreaterThan(KILLS / 2);
    },
  );
});

/** Spread over all of them, each in the middle of its part. */
function stepsOf(total: number): number[] {
  if (ALL) return Array.from({ length: total }, (_, index) => index + 1);
  return Array.from({ length: KILLS }, (_, turn) => Math.ceil(((turn + 0.5) * total) / KILLS));
}

const promised = (door: string, told: readonly Told[]): string[] =>
  told.flatMap(({ acknowledged }) => acknowledged.map((digest) => `${door} ${digest}`));

function check(door: string, told: readonly Told[], { inRecord, inInbox, inDrive }: FoundAfterKill): void {
  const sent = new Set(told.flatMap((one) => one.sent));
  const isStrange = (digest: string) => !sent.has(digest);
  expect([...inRecord.keys(), ...inInbox.keys(), ...inDrive.keys()].filter(isStrange)).toEqual([]);
  if (!AT_ONCE.includes(door)) return;
  for (const one of told) expect(new Set(one.sent.map((digest) => inRecord.has(digest))).size).toBe(1);
}

/** Ends when also the programs that were sending have ended. */
async function actUntilKilled(folder: string, door: string, step: number): Promise<Told> {
  const args = ['--import', '#typescript', CHILD, folder, door, String(step)];
  const env = { ...process.env, TMPDIR: join(folder, 'tmp'), TCP_NODELAY: '1' };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`it ended by itself with ${code}:\n${said}`);
  const lines = said.split(/\r?\n/);
  const after = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const sent = after('sent');
  const acknowledged = sent.slice(0, lines.filter((line) => ACKNOWLEDGED.test(line)).length);
  const [steps] = after('end').map(Number);
  return { sent, acknowledged, steps, killed: after('killed')[0] };
}
