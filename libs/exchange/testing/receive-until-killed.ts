/**
 * Takes in study after study by all doors until it is killed, and says on its standard output, once a sender was told of
 * success, what of: the door and the SHA-256 of the data set or of the letter. `web` is the patient's own token, `deposit` a
 * provider's; `drop` is the inbox by FTPS, `drive` the network drive, from where the record gets it by itself.
 * What came to the inbox by C-STORE is given a code and then kept or thrown away by the patient: `delivered`, `to-accept`,
 * `accepted`, `to-reject`, `rejected`; what came there by FTPS is given one: `handed`; each with the SHA-256 of all of it.
 * The data root is `<folder>/data`.
 *
 *   node --import '#typescript' receive-until-killed.ts FOLDER
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import type { KnownProgram } from '@vitrine/delegation';
import { agentOf } from '@vitrine/identity';
import { delay, isProblem } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { syntheticCtStudy } from '@vitrine/samples';
import { DoorBench } from './door-bench.js';
import { driveImportsOf } from './drive-imports-of.js';
import { testFtps } from './drop-bench.js';
import { bodiesOf, digestOf, letterOf, programOf } from './what-is-sent.js';

const PAUSE_MS = 50;
const SLICES = 6;
const QUIET_MS = 60_000;

// Some arrivals are examined while others come in.
const limits = { pauses: { afterReleaseMs: 100, whileOpenMs: 60_000, againAfterMs: 1_000 } };
const folder = process.argv[2] ?? '';
const ftps = testFtps(folder);
const door = await DoorBench.open({ folder, limits, ftps });
const dropPort = (await door.bench.drop.open(limits)) ?? 0;
// Not whom C-STORE is for: what comes to that inbox is given away at once.
const other = await door.bench.account('provider', 'Dr Drop', 'City Drop');
const login = await door.bench.ftpsAccounts.make(other);
const { account, patient } = door.patient;

const study = (description: string) => syntheticCtStudy({ slices: SLICES, size: 128, description });

const say = (word: string, digests: readonly string[]): void =>
  void process.stdout.write(`${word} ${digests.join(' ')}\n`);
const acknowledged = (by: string, bytes: Uint8Array): void => say(by, [digestOf(bytes)]);

async function byWeb(by: 'web' | 'deposit', program: KnownProgram): Promise<never> {
  for (let n = 0; ; n++) {
    const parts = study(`by ${by} ${n}`).map(({ bytes }) => Buffer.from(bytes));
    const stored = await door.bench.instances.store(program, bodiesOf(parts), {}).catch((error: unknown) => {
      // Nothing of it was taken; whoever hears of this tries again.
      if (isProblem(error, 'kernel.busy')) return [];
      throw error;
    });
    for (const [index, { outcome }] of stored.entries())
      if (outcome === 'stored') acknowledged(by, parts[index] ?? Buffer.alloc(0));
    await delay(PAUSE_MS);
  }
}

type Study = ReturnType<typeof study>;

/** Says of each object that it was acknowledged, as soon as the client itself says so. */
async function storescu(by: string, files: Study, called: string): Promise<void> {
  let next = 0;
  const sender = spawn('/usr/bin/storescu', ['-v', '-R', ...door.target(called), ...door.written(files)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = (chunk: Buffer) => {
    const successes = chunk.toString().match(/Received Store Response \(Success\)/g) ?? [];
    for (const { bytes } of files.slice(next, next + successes.length)) acknowledged(by, bytes);
    next += successes.length;
  };
  sender.stdout.on('data', heard);
  sender.stderr.on('data', heard);
  await new Promise((done) => sender.once('close', done));
}

async function byDimse(): Promise<never> {
  for (let n = 0; ; n++) {
    await storescu('dimse', study(`by dimse ${n}`), await door.newCode(1));
    await delay(PAUSE_MS);
  }
}

/** Asks again and again until there is something. */
async function eventually<T>(find: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await delay(PAUSE_MS);
  }
}

async function byInbox(): Promise<never> {
  const { inbox, records } = door.bench;
  for (let n = 0; ; n++) {
    const description = `to the inbox ${n}`;
    const files = study(description);
    const digests = files.map(({ bytes }) => digestOf(bytes));
    await storescu('inbox', files, door.inboxAeTitle);
    // What the examiner had no time for on a busy machine waits by itself.
    const waiting = await eventually(async () => {
      const entries = await inbox.waiting(door.provider.id);
      return entries.reduce((sum, { count }) => sum + count, 0) < SLICES ? undefined : entries;
    });
    const code = await door.newCode(waiting.length);
    for (const { id } of waiting) await inbox.deliver(door.provider, id, code);
    say('delivered', digests);
    const item = await eventually(async () =>
      (await records.list(patient.id)).find(({ study }) => study?.description === description),
    );
    if (item.count < SLICES) continue;
    const [act, answer] = n % 2 === 0 ? (['accept', 'accepted'] as const) : (['reject', 'rejected'] as const);
    say(`to-${act}`, digests);
    await records[act](patient.id, item.id, agentOf(account));
    say(answer, digests);
    await delay(PAUSE_MS);
  }
}

async function byFtps(): Promise<never> {
  const dropped: Buffer[] = [];
  for (let n = 0; ; n++) {
    const files = new Map(
      [...study(`by ftps ${n}`), letterOf(`by ftps ${n}`)].map((file) => [
        basename(file.name),
        Buffer.from(file.bytes),
      ]),
    );
    const root = mkdtempSync(join(tmpdir(), 'vitrine-mirror-'));
    for (const [name, bytes] of files) writeFileSync(join(root, name), bytes);
    const script = [
      `set ssl:ca-file ${ftps.tls.cert}`,
      'debug 5',
      `open -u ${login.ftps.userName},${login.password} -p ${dropPort} ${ftps.host}`,
      `mirror -R ${root} ${n % 2 === 0 ? await door.newCode(1) : `patient-${n}`}`,
    ];
    const sender = spawn('/usr/bin/lftp', ['--norc', '-c', script.join('; ')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    let sent: Buffer | undefined;
    // Only what the client itself says counts as acknowledged.
    const heard = (chunk: Buffer) => {
      const lines = (said + chunk.toString()).split('\n');
      said = lines.pop() ?? '';
      for (const line of lines) {
        const [, name] = /^---> STOR (.*)$/.exec(line.trim()) ?? [];
        if (name !== undefined) sent = files.get(name);
        else if (line.startsWith('<--- 226 Stored') && sent !== undefined)
          acknowledged(n % 2 === 0 ? 'ftps' : 'drop', sent);
      }
    };
    sender.stderr.on('data', heard);
    sender.stdout.on('data', heard);
    await new Promise((done) => sender.once('close', done));
    rmSync(root, { recursive: true });
    if (n % 2 === 1) dropped.push(...files.values());
    if (n % 4 === 3) await handOn(dropped.splice(0));
    await delay(PAUSE_MS);
  }
}

/** All that came by FTPS and waits is given a code; a study and the letter that was beside it are two entries. */
async function handOn(dropped: readonly Buffer[]): Promise<void> {
  const { inbox } = door.bench;
  const waiting = await eventually(async () =>
    (await inbox.arriving(other.id)).length > 0 ? undefined : inbox.waiting(other.id),
  );
  const code = await door.newCode(waiting.length);
  for (const { id } of waiting) await inbox.deliver(other, id, code);
  say('handed', dropped.map(digestOf));
}

async function byDrive(): Promise<never> {
  const { clock, drive } = door.bench;
  // For whom everything has come to rest.
  const later = new FakeClock(new Date(clock.now().getTime() + QUIET_MS));
  const imports = driveImportsOf(door.bench, later);
  const conditions = { lists: [], ifMatch: undefined, ifNoneMatch: undefined };
  for (let n = 0; ; n++) {
    for (const [index, { bytes }] of [...study(`by drive ${n}`), letterOf(`by drive ${n}`)].entries()) {
      const content = Readable.from([Buffer.from(bytes)]);
      await drive.put({ patientId: patient.id, path: [`${n}-${index}`], conditions }, content);
      acknowledged('drive', bytes);
    }
    await imports.look();
    await delay(PAUSE_MS);
  }
}

const codeId = (await door.bench.depositCodes.check(agentOf(door.provider), door.code)).id;
await Promise.all([
  byWeb('web', programOf(account, patient, null)),
  byWeb('deposit', programOf(door.provider, patient, codeId)),
  byDimse(),
  byFtps(),
  byInbox(),
  byDrive(),
]);
