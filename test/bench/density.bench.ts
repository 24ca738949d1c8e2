import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReadableStream } from 'node:stream/web';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { GuacamoleClient } from '@vitrine/sessions/testing';
import { ApiClient, type SampleFile, type SessionView } from '../support/api-client.js';
import { untilIdle } from '../support/host-state.js';
import { Stack } from '../support/stack.js';
import { showsLife } from '../support/viewing.js';
import { median } from './statistics.js';

/** How many of which viewer are to be open at once, and what each shows. */
const VIEWERS = {
  mupdf: { sessions: 100, mebibytes: 1024, files: () => [syntheticReportPdf()] },
  ohif: { sessions: 20, mebibytes: 3072, files: () => syntheticCtStudy({ slices: 12, size: 256 }) },
};
type Viewer = keyof typeof VIEWERS;
/** Opened one after the other, to see what those that run already cost the next one. */
const ONE_BY_ONE = 10;
const PER_PERSON = 10;
const FRAME_MS = 60_000;
const READY_MS = 600_000;
const LIFE_MS = 60_000;
const OVER = ['stopping', 'failed', 'ended'];
/** How a line of server-sent events begins that says something. */
const DATA = 'data: ';
const AIMS = { failed: 0, tenth_vs_first: 2, restart_ms: 3_000, streams_cut: 0 };

interface Person {
  readonly patient: ApiClient;
  readonly itemIds: readonly string[];
}

interface Opened {
  readonly client: GuacamoleClient;
  /** From the request to the first whole frame, milliseconds. */
  readonly took: number;
}

/**
 * How many viewers with a display each one host carries: the first ten one after the other, the rest at once, all kept;
 * then, when all of them show what they have, the control plane is killed and started again under them. `-- N` opens so
 * many light ones, `-- N ohif` so many browsers. The host counts memory by the limits of guests, under which far fewer fit;
 * here it is told that there is more, to see what they really take.
 */
export async function bench([wanted, viewer = 'mupdf']: readonly string[]): Promise<object> {
  if (!isViewer(viewer)) throw new Error(`There are ${Object.keys(VIEWERS).join(' and ')}.`);
  const { mebibytes, files } = VIEWERS[viewer];
  const aims = { sessions: VIEWERS[viewer].sessions, ...AIMS };
  const sessions = Math.max(ONE_BY_ONE, Number(wanted ?? aims.sessions));
  const stack = await Stack.start({
    VITRINE_SESSION_MIB: String(sessions * mebibytes),
    VITRINE_SESSIONS_PER_PERSON: String(PER_PERSON),
  });
  try {
    const people: Person[] = [];
    for (let i = 0; i * PER_PERSON < sessions; i++) people.push(await join(stack, i, files()));
    await untilIdle(stack);
    const open = (i: number) => openAs(people[i % people.length]!, viewer);

    const before = availableMiB();
    const first: Opened[] = [];
    for (let i = 0; i < ONE_BY_ONE; i++) first.push(await open(i));
    say('one by one', first);
    const others = Array.from({ length: sessions - ONE_BY_ONE }, (_, i) => open(ONE_BY_ONE + i));
    const rest = await Promise.allSettled(others);
    const opened = [...first, ...rest.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))];
    for (const one of rest) if (one.status === 'rejected') process.stdout.write(`${String(one.reason)}\n`);
    if (rest.some(({ status }) => status === 'rejected'))
      process.stdout.write(`${stack.logTail('control-plane')}\n`);
    say('all', opened);
    const perSession = (before - availableMiB()) / opened.length;

    // What the last ones still have to do for their pictures is no part of the restart.
    for (const { patient } of people) await untilAllShow(patient);
    const began = performance.now();
    await stack.kill('control-plane');
    await stack.startPart('control-plane');
    await stack.waitUntilHealthy();
    const restart = performance.now() - began;
    let cut = 0;
    for (const { client } of opened)
      await showsLife(client, LIFE_MS).catch((error: unknown) => {
        cut++;
        process.stdout.write(`cut: ${String(error)}, closed ${JSON.stringify(client.closing)}\n`);
      });
    for (const { client } of opened) await client.close().catch(() => undefined);
    for (const { patient } of people)
      for (const { id } of await patient.call<SessionView[]>('GET', '/api/sessions'))
        await patient.call('POST', `/api/sessions/${id}/stop`);

    const figures = {
      sessions: opened.length,
      failed: sessions - opened.length,
      tenth_vs_first: round((first.at(-1)?.took ?? NaN) / (first[0]?.took ?? NaN)),
      memory_per_session_mib: Math.round(perSession),
      restart_ms: Math.round(restart),
      streams_cut: cut,
    };
    const ok =
      figures.sessions >= aims.sessions &&
      figures.failed === 0 &&
      figures.tenth_vs_first <= AIMS.tenth_vs_first &&
      figures.restart_ms < AIMS.restart_ms &&
      figures.streams_cut === 0;
    return { viewer, figures, aims, ok };
  } finally {
    await stack.close();
  }
}

const isViewer = (name: string): name is Viewer => name in VIEWERS;

async function join(stack: Stack, i: number, files: readonly SampleFile[]): Promise<Person> {
  // One address may start so many viewers a minute, and these are people in many places.
  const patient = new ApiClient(stack, `127.0.0.${i + 2}`);
  await patient.signUp(`Jane Doe ${i + 1}`, `jane${i + 1}@example.org`);
  const { items } = await patient.addFiles(files);
  return { patient, itemIds: items.map(({ id }) => id) };
}

async function openAs({ patient, itemIds }: Person, viewerId: Viewer): Promise<Opened> {
  const began = performance.now();
  const { id } = await patient.call<SessionView>('POST', '/api/sessions', { itemIds, viewerId });
  await untilReady(patient, id);
  const { ticket } = await patient.call<{ ticket: string }>('POST', `/api/sessions/${id}/tickets`);
  const client = await GuacamoleClient.connect({
    gateway: patient.stack.origin,
    ticket,
    origin: patient.stack.origin,
    cookie: patient.cookieHeader,
  });
  await client.firstFrame(FRAME_MS);
  return { client, took: performance.now() - began };
}

/**
 * Listens, as the portal does: a hundred who ask again and again would keep the machine busier than what they wait for.
 * A stream that the server ended is opened again.
 */
async function untilReady({ stack, cookieHeader }: ApiClient, id: string): Promise<void> {
  const signal = AbortSignal.timeout(READY_MS);
  const url = `${stack.origin}/api/sessions/${id}/events`;
  for (;;) {
    const answer = await fetch(url, { headers: { cookie: cookieHeader }, signal });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    const events = Readable.fromWeb(answer.body as ReadableStream);
    for await (const state of statesOf(events)) {
      if (state === 'ready') return;
      if (OVER.includes(state)) throw new Error(`it is ${state}`);
    }
  }
}

async function untilAllShow(patient: ApiClient): Promise<void> {
  const giveUp = Date.now() + READY_MS;
  for (;;) {
    const sessions = await patient.call<SessionView[]>('GET', '/api/sessions');
    if (sessions.every(({ step }) => step === 'showing')) return;
    if (Date.now() > giveUp) throw new Error('a viewer does not show what it has');
    await delay(500);
  }
}

async function* statesOf(events: Readable): AsyncGenerator<SessionView['state']> {
  try {
    for await (const line of createInterface(events))
      if (line.startsWith(DATA)) yield (JSON.parse(line.slice(DATA.length)) as SessionView).state;
  } finally {
    events.destroy();
  }
}

function availableMiB(): number {
  const [, kib = '0'] = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? [];
  return Number(kib) / 1024;
}

const round = (value: number): number => Math.round(value * 100) / 100;

const say = (what: string, opened: readonly Opened[]): void => {
  const times = opened.map(({ took }) => took);
  process.stdout.write(
    `${what}: ${opened.length} opened, median ${median(times)} ms, slowest ${Math.round(Math.max(...times))} ms\n`,
  );
};
