import { productVersion } from '@vitrine/kernel';
import { GuacamoleClient } from '@vitrine/sessions/testing';
import { ApiClient, type SampleFile, type SessionView } from '../support/api-client.js';
import { untilIdle, viewersRunning } from '../support/host-state.js';
import { greyFromRgba, resize, type Grey } from '../support/image-match.js';
import { Stack } from '../support/stack.js';
import { syntheticCtStudy, syntheticGenome, syntheticReportPdf } from '@vitrine/samples';
import { median, quantile } from './statistics.js';

const RUNS = 10;
const WARM_UPS = 1;
const SETTLE_MS = 1_500;
const OPEN_DEADLINE_MS = 15_000;
const IMAGE_DEADLINE_MS = 60_000;
/** The picture counts as there when it is this close to the settled picture of the warm-up. */
const SAME = 0.97;
const AIMS = {
  first_frame_p50_ms: 350,
  first_frame_p95_ms: 700,
  warm: {
    first_frame_p50_ms: 150,
    first_frame_p95_ms: 300,
    image_p50_ms: { aeskulap: 500, ohif: 2000 } as Record<string, number>,
  },
};
/** How long guests have to run until they count as warm: OHIF loads its page, the others wait for a record at once. */
const WARM_MS: Readonly<Record<string, number>> = { ohif: 12_000 };
const WARM_USUALLY_MS = 2_500;
const WARM_DEADLINE_MS = 60_000;

/** Milliseconds since the request was sent. */
interface Start {
  /** The session is on record, its guests are on their way. */
  readonly asked: number;
  /** The display answers and the tunnel to it is open. */
  readonly open: number;
  /** Its last byte is in the browser's hands. */
  readonly firstFrame: number;
  readonly image: number;
}

const CASES: readonly { viewer: string; files: () => SampleFile[] }[] = [
  { viewer: 'aeskulap', files: ct },
  { viewer: 'ohif', files: ct },
  { viewer: 'igv', files: () => [syntheticGenome()] },
  { viewer: 'mupdf', files: () => [syntheticReportPdf()] },
];

function ct(): SampleFile[] {
  return syntheticCtStudy({ slices: 80, size: 256, patientName: 'Doe^Jane', birthDate: '19510402' });
}

/**
 * From the request to the patient's picture, as the portal's page sees it: request, ticket, WebSocket, first complete
 * frame, and the frame that shows the image. Cold: each run starts the viewer's guest anew, beside the display bridge that
 * always waits. Warm: each run takes over both. Guests are used once either way.
 */
export async function bench(viewers: readonly string[]): Promise<object> {
  const cases = CASES.filter(({ viewer }) => viewers.length === 0 || viewers.includes(viewer));
  const cold = await measure('cold', cases);
  const warm = await measure('warm', cases);
  const inTime = Object.entries(AIMS.warm.image_p50_ms).every(
    ([viewer, aim]) => (warm.image_p50_ms[viewer] ?? 0) <= aim,
  );
  const ok = [[cold, AIMS] as const, [warm, AIMS.warm] as const].every(
    ([figures, aims]) =>
      figures.first_frame_p50_ms <= aims.first_frame_p50_ms &&
      figures.first_frame_p95_ms <= aims.first_frame_p95_ms,
  );
  return { figures: { ...cold, warm, runs_per_viewer: RUNS }, aims: AIMS, ok: ok && inTime };
}

async function measure(how: 'cold' | 'warm', cases: typeof CASES) {
  const stack = await Stack.start({
    VITRINE_WARM_BRIDGES: '1',
    VITRINE_WARM_VIEWERS: how === 'warm' ? '1' : '0',
  });
  try {
    const patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    const firstFrames: number[] = [];
    const images: Record<string, number> = {};
    if (how === 'cold') await untilIdle(stack, 1);
    for (const { viewer, files } of cases) {
      const itemIds = await itemsOf(patient, files());
      const before = how === 'cold' ? () => untilIdle(stack, 1) : () => untilWarm(stack, viewer);
      const runs = await starts(patient, viewer, itemIds, before);
      firstFrames.push(...runs.map(({ firstFrame }) => firstFrame));
      images[viewer] = median(runs.map(({ image }) => image));
      print(`${viewer} ${how}`, runs);
    }
    return {
      first_frame_p50_ms: median(firstFrames),
      first_frame_p95_ms: quantile(firstFrames, 0.95),
      image_p50_ms: images,
    };
  } finally {
    await stack.close();
  }
}

/** Waits until guests of this viewer wait for somebody; a viewer that is nobody's first choice waits after its first use. */
async function untilWarm(stack: Stack, viewer: string): Promise<void> {
  const deadline = performance.now() + WARM_DEADLINE_MS;
  while (performance.now() < deadline) {
    const [oldest] = await viewersRunning(stack, `vitrine/${viewer}:${productVersion()}`);
    if ((oldest?.ageMs ?? 0) > (WARM_MS[viewer] ?? WARM_USUALLY_MS)) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** The same bytes are stored once, so a study that another viewer has already shown is found again. */
async function itemsOf(patient: ApiClient, files: readonly SampleFile[]): Promise<string[]> {
  const { items } = await patient.addFiles(files);
  if (items.length > 0) return items.map(({ id }) => id);
  const record = await patient.call<{ items: { id: string; kind: string }[] }>('GET', '/api/record');
  return record.items.filter(({ kind }) => kind === 'imaging').map(({ id }) => id);
}

async function starts(
  patient: ApiClient,
  viewer: string,
  itemIds: readonly string[],
  before: () => Promise<void>,
): Promise<Start[]> {
  const runs: Start[] = [];
  let settled: Grey | undefined;
  for (let run = 0; run < WARM_UPS + RUNS; run++) {
    await before();
    const begun = performance.now();
    const session = await patient.call<SessionView>('POST', '/api/sessions', { itemIds, viewerId: viewer });
    const asked = performance.now() - begun;
    const client = await connect(patient, session.id);
    const open = performance.now() - begun;
    await client.firstFrame();
    const firstFrame = performance.now() - begun;
    settled ??= await settledPicture(patient, session.id, client);
    const reference = settled;
    await untilItLooksLike(client, reference);
    const image = performance.now() - begun;
    if (run >= WARM_UPS) runs.push({ asked, open, firstFrame, image });
    await client.close();
    await patient.call('POST', `/api/sessions/${session.id}/stop`);
  }
  return runs;
}

async function connect(patient: ApiClient, sessionId: string): Promise<GuacamoleClient> {
  const { ticket } = await patient.call<{ ticket: string }>('POST', `/api/sessions/${sessionId}/tickets`);
  const { origin } = patient.stack;
  const address = { gateway: origin, ticket, origin, cookie: patient.cookieHeader };
  const client = await GuacamoleClient.connect(address, OPEN_DEADLINE_MS);
  if (client.closing) throw new Error(`The display was refused: ${client.closing.reason}`);
  return client;
}

/** What the viewer shows when it says that it shows the patient's picture, and has come to rest. */
async function settledPicture(patient: ApiClient, sessionId: string, client: GuacamoleClient): Promise<Grey> {
  await patient.untilSession(sessionId, ({ step }) => step === 'showing');
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  return picture(client);
}

/** Looks at the picture when something has come, at most every 10 ms: looking costs time too. */
async function untilItLooksLike(client: GuacamoleClient, reference: Grey): Promise<void> {
  const deadline = performance.now() + IMAGE_DEADLINE_MS;
  for (let seen = -1; performance.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 10))) {
    if (client.bytes === seen) continue;
    seen = client.bytes;
    if (likeness(picture(client), reference) >= SAME) return;
  }
  throw new Error('The patient’s picture did not appear.');
}

const picture = (client: GuacamoleClient): Grey => {
  const { screen } = client;
  return resize(greyFromRgba(screen.pixels(), screen.width, screen.height), 160, 100);
};

/** 1 for equal pictures; mean absolute difference, with differences of the picture against black as the measure. */
function likeness(a: Grey, b: Grey): number {
  let difference = 0;
  let light = 0;
  for (let i = 0; i < b.pixels.length; i++) {
    difference += Math.abs((a.pixels[i] ?? 0) - (b.pixels[i] ?? 0));
    light += b.pixels[i] ?? 0;
  }
  return 1 - difference / Math.max(1, light);
}

function print(viewer: string, runs: readonly Start[]): void {
  const column = (pick: (start: Start) => number) => {
    const samples = runs.map(pick);
    return `${median(samples)} (${quantile(samples, 0)}-${quantile(samples, 1)})`;
  };
  process.stdout.write(
    `${viewer.padEnd(15)} asked ${column(({ asked }) => asked)}, open ${column(({ open }) => open)}, first frame ${column(({ firstFrame }) => firstFrame)}, image ${column(({ image }) => image)} ms\n`,
  );
}
