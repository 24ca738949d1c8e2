import { join } from 'node:path';
import { syntheticReportPdf } from '@vitrine/samples';
import { ApiClient, type SessionView } from '../support/api-client.js';
import { removeImage } from '../support/derived-image.js';
import { firstSignIn } from '../support/people.js';
import { Stack } from '../support/stack.js';
import { processorSeconds, residentMiB } from './stream/process-costs.js';
import { buildScene, SCENE } from './stream/scene-image.js';
import { LiteServer, RawViewing, SocketViewing, type Viewing } from './stream/viewing.js';

const RUNS = 10;
const MEASURE_MS = 2_500;
const SETTLE_MS = 700;
const KEYS = 12;
const KEY_PAUSE_MS = 60;
const STALL_MS = 20_000;
const ADMISSION_MS = 120_000;
const MIB = 1024 ** 2;
const AIMS = {
  throughput_vs_raw: { ordinary: 0.9, saturated: 0.75 },
  cpu_per_mib_vs_lite: 0.45,
  extra_latency_ms: 5,
  fps_1280x800: 30,
  stalled_rss_growth_mib: 20,
};

type Way = 'raw' | 'lite' | 'ours';
const WAYS: readonly Way[] = ['raw', 'lite', 'ours'];
const SCENES = { ordinary: 'm', saturated: 'n' } as const;
type Scene = keyof typeof SCENES;

interface Measured {
  readonly mibPerSecond: number;
  readonly framesPerSecond: number;
  /** Seconds of processor of whoever is in between, per MiB; 0 where nobody is. */
  readonly cpuPerMib: number;
}

/**
 * What stands between guacd and a browser, and what it costs: a bare client of guacd, guacamole-lite's own server, and
 * our gateway, over one and the same display, one after the other within each run.
 */
export async function bench(words: readonly string[]): Promise<object> {
  const runs = words.includes('--quick') ? 2 : RUNS;
  await buildScene();
  const stack = await Stack.start();
  try {
    const display = await Display.open(stack);
    try {
      return await measureAll(display, runs);
    } finally {
      await display.close();
    }
  } finally {
    await stack.close();
    await removeImage(SCENE.reference);
  }
}

async function measureAll(display: Display, runs: number): Promise<object> {
  const found = new Map<string, Measured[]>();
  const latencies: Record<Way, number[]> = { raw: [], lite: [], ours: [] };
  for (let run = 0; run < runs; run++) {
    process.stdout.write(`run ${run + 1} of ${runs}\n`);
    for (const way of WAYS) latencies[way].push(...(await keyToPicture(display, way)));
    for (const scene of ['ordinary', 'saturated'] as const)
      for (const viewers of [1, 8])
        for (const way of WAYS) {
          const name = `${scene} ${viewers} ${way}`;
          found.set(name, [...(found.get(name) ?? []), await watch(display, way, scene, viewers)]);
        }
  }
  const of = (scene: Scene, viewers: number, way: Way, what: keyof Measured): number[] =>
    (found.get(`${scene} ${viewers} ${way}`) ?? []).map((one) => one[what]);
  const ratio = (scene: Scene, viewers: number, what: keyof Measured, peer: Way): number =>
    round(
      middle(
        of(scene, viewers, 'ours', what).map(
          (ours, run) => ours / (of(scene, viewers, peer, what)[run] ?? NaN),
        ),
      ),
    );
  for (const [name, all] of found)
    process.stdout.write(
      `${name.padEnd(18)} ${middle(all.map((one) => one.mibPerSecond)).toFixed(1)} MiB/s, ${middle(all.map((one) => one.framesPerSecond)).toFixed(0)} frames/s, ${(1000 * middle(all.map((one) => one.cpuPerMib))).toFixed(2)} ms of processor per MiB\n`,
    );
  for (const way of WAYS)
    process.stdout.write(`key to picture ${way.padEnd(5)} ${middle(latencies[way]).toFixed(1)} ms\n`);
  const figures = {
    throughput_vs_raw: {
      ordinary: ratio('ordinary', 1, 'mibPerSecond', 'raw'),
      saturated: ratio('saturated', 1, 'mibPerSecond', 'raw'),
      ordinary_eight: ratio('ordinary', 8, 'mibPerSecond', 'raw'),
      saturated_eight: ratio('saturated', 8, 'mibPerSecond', 'raw'),
    },
    cpu_per_mib_vs_lite: ratio('saturated', 1, 'cpuPerMib', 'lite'),
    extra_latency_ms: round(middle(latencies.ours) - middle(latencies.raw)),
    fps_1280x800: round(middle(of('ordinary', 1, 'ours', 'framesPerSecond'))),
    ...(await stalled(display)),
    joins: display.joins,
    joins_tried_again: display.joinsTriedAgain,
    runs,
  };
  const ok =
    figures.throughput_vs_raw.ordinary >= AIMS.throughput_vs_raw.ordinary &&
    figures.throughput_vs_raw.saturated >= AIMS.throughput_vs_raw.saturated &&
    figures.cpu_per_mib_vs_lite <= AIMS.cpu_per_mib_vs_lite &&
    figures.extra_latency_ms <= AIMS.extra_latency_ms &&
    figures.fps_1280x800 >= AIMS.fps_1280x800 &&
    figures.stalled_rss_growth_mib <= AIMS.stalled_rss_growth_mib;
  return { figures, aims: AIMS, ok };
}

async function watch(display: Display, way: Way, scene: Scene, viewers: number): Promise<Measured> {
  // One after the other, as our gateway has it by itself: of several at once guacd forgets one, though rarely.
  const all: Viewing[] = [];
  for (let viewer = 0; viewer < viewers; viewer++) all.push(await display.look(way, viewer));
  try {
    all[0]?.key(SCENES[scene]);
    await rest(SETTLE_MS);
    const between = display.between(way);
    const before = {
      at: performance.now(),
      ...sumOf(all),
      cpu: between === undefined ? 0 : processorSeconds(between),
    };
    await rest(MEASURE_MS);
    const seconds = (performance.now() - before.at) / 1000;
    const after = sumOf(all);
    const mib = (after.bytes - before.bytes) / MIB;
    const cpu = between === undefined ? 0 : processorSeconds(between) - before.cpu;
    return {
      mibPerSecond: mib / seconds,
      framesPerSecond: (after.frames - before.frames) / seconds / viewers,
      cpuPerMib: cpu / mib,
    };
  } finally {
    await display.still(all);
  }
}

/** From the key to the frame that shows what it did, over an otherwise still picture. */
async function keyToPicture(display: Display, way: Way): Promise<number[]> {
  const one = await display.look(way);
  try {
    one.key('s');
    await rest(SETTLE_MS);
    const took: number[] = [];
    for (let i = 0; i < KEYS; i++) {
      const frame = one.nextFrame();
      const begun = performance.now();
      one.key('e');
      await frame;
      took.push(performance.now() - begun);
      await rest(KEY_PAUSE_MS);
    }
    return took;
  } finally {
    await display.still([one]);
  }
}

/** One of two takes nothing any more: does the gateway pile up for it, and does the other still see all of it? */
async function stalled(display: Display) {
  const [busy, lazy] = [await display.look('ours'), await display.look('ours')];
  try {
    busy.key('n');
    await rest(2 * SETTLE_MS);
    const pid = display.stack.pidOf('session-gateway');
    const rate = async (ms: number) => {
      const before = busy.frames;
      await rest(ms);
      return ((busy.frames - before) * 1000) / ms;
    };
    const both = await rate(MEASURE_MS);
    const before = residentMiB(pid);
    lazy.stall();
    const alone = await rate(STALL_MS);
    return {
      stalled_rss_growth_mib: round(residentMiB(pid) - before),
      other_viewer_while_stalled: round(alone / both),
    };
  } finally {
    await display.still([busy, lazy]);
  }
}

/** One session over the scene, and every way to look at it. */
class Display {
  joins = 0;
  joinsTriedAgain = 0;

  private constructor(
    readonly stack: Stack,
    private readonly people: readonly { readonly client: ApiClient; readonly tickets: string }[],
    private readonly sessionId: string,
    private readonly lite: LiteServer,
    private readonly guacd: string,
  ) {}

  static async open(stack: Stack): Promise<Display> {
    const admin = await firstSignIn(
      stack,
      stack.people.find(({ role }) => role === 'admin'),
    );
    await admin.call('POST', '/api/admin/viewers', { reference: SCENE.reference });
    // What is measured is the way of the picture, within the walls that most viewers have.
    await admin.call('POST', `/api/admin/viewers/${SCENE.id}/isolation`, { isolation: 'standard' });
    await untilOffered(admin);
    const patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    const { items } = await patient.addFiles([syntheticReportPdf()]);
    const itemIds = items.map((item) => item.id);
    const { id } = await patient.openSession(itemIds, SCENE.id);
    await patient.untilSession(id, ({ step }: SessionView) => step === 'showing');
    const guacd = join(stack.runDir, 'sessions', id, 'guacd', 'guacd.sock');
    const people = [
      { client: patient, tickets: `/api/sessions/${id}/tickets` },
      { client: await letIn(patient, id, itemIds), tickets: '/api/visit/tickets' },
    ];
    return new Display(stack, people, id, await LiteServer.start(guacd), guacd);
  }

  /**
   * The first is the patient, who steers; nobody may be there so often that all were the same person. About one join of
   * four thousand guacd 1.3.0 never answers (ADR 0053); they try again, as the page does.
   */
  async look(way: Way, viewer = 0): Promise<Viewing> {
    for (let isSecond = false; ; isSecond = true) {
      const viewing = await this.connect(way, viewer);
      this.joins++;
      try {
        if (viewing.frames === 0) await viewing.nextFrame();
        return viewing;
      } catch (error) {
        viewing.close();
        if (isSecond) throw error;
        this.joinsTriedAgain++;
      }
    }
  }

  /** Who carries the bytes. */
  between(way: Way): number | undefined {
    if (way === 'raw') return undefined;
    return way === 'lite' ? this.lite.pid : this.stack.pidOf('session-gateway');
  }

  /** Ends the movement and lets everybody go. */
  async still(viewings: readonly Viewing[]): Promise<void> {
    viewings[0]?.key('s');
    await rest(SETTLE_MS);
    for (const viewing of viewings) viewing.close();
    await rest(SETTLE_MS);
  }

  async close(): Promise<void> {
    this.lite.stop();
    await this.people[0]?.client.call('POST', `/api/sessions/${this.sessionId}/stop`);
  }

  private async connect(way: Way, viewer: number): Promise<Viewing> {
    if (way === 'raw') return RawViewing.open(this.guacd);
    if (way === 'lite') return this.lite.open();
    const one = this.people[viewer % this.people.length];
    if (!one) throw new Error('nobody looks');
    const { client, tickets } = one;
    const { ticket } = await client.call<{ ticket: string }>('POST', tickets);
    const { origin } = this.stack;
    return SocketViewing.open('ours', `${origin.replace('http', 'ws')}/display?ticket=${ticket}`, {
      origin,
      cookie: client.cookieHeader,
    });
  }
}

async function letIn(patient: ApiClient, sessionId: string, itemIds: readonly string[]): Promise<ApiClient> {
  const draft = { itemIds, sessionId, label: 'Dr Weber', control: 'view' };
  const { url } = await patient.call<{ url: string }>('POST', '/api/links', draft);
  const visitor = new ApiClient(patient.stack);
  await visitor.call('POST', '/api/visit/redeem', { secret: url.split('#')[1], name: 'Dr Weber' });
  return visitor;
}

async function untilOffered(admin: ApiClient): Promise<void> {
  for (const giveUp = performance.now() + ADMISSION_MS; performance.now() < giveUp;) {
    await rest(300);
    const { state, admission } = await admin.call<{ state: string; admission: { over: boolean } | null }>(
      'GET',
      `/api/admin/viewers/${SCENE.id}`,
    );
    if (state === 'offered' && admission?.over === true) return;
    if (state === 'refused') throw new Error(`The scene was refused: ${JSON.stringify(admission)}`);
  }
  throw new Error('The scene was not offered in time.');
}

const sumOf = (all: readonly Viewing[]) => ({
  bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  frames: all.reduce((sum, { frames }) => sum + frames, 0),
});

const rest = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const middle = (samples: readonly number[]): number => {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
};

const round = (value: number): number => Math.round(value * 100) / 100;
