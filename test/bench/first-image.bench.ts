import { syntheticCtStudy } from '@vitrine/samples';
import { ApiClient, type SampleFile, type SessionView } from '../support/api-client.js';
import { untilIdle } from '../support/host-state.js';
import { Stack } from '../support/stack.js';
import { median, quantile } from './statistics.js';

const RUNS = 10;
const WARM_UPS = 1;
const SERIES = 12;
const SLICES = 100;
const SIZE = 512;
const AIMS = { large_vs_first_series: 1.25 };

/**
 * How long a large study keeps somebody waiting for its first picture, beside a study that consists of its first series
 * alone: 1 means that nobody waits for what follows. From the request until OHIF says that it shows a picture, started
 * cold, by turns.
 */
export async function bench(): Promise<object> {
  const stack = await Stack.start({ VITRINE_WARM_BRIDGES: '1', VITRINE_WARM_VIEWERS: '0' });
  try {
    const patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    const small = await add(patient, series('Alone', 1));
    const large: string[] = [];
    for (let number = 1; number <= SERIES; number++)
      large.push(...(await add(patient, series('All of it', number))));
    const waits = { small: [] as number[], large: [] as number[] };
    for (let run = 0; run < WARM_UPS + RUNS; run++)
      for (const [name, itemIds] of Object.entries({ small, large: [...new Set(large)] })) {
        const ms = await wait(stack, patient, itemIds);
        if (run >= WARM_UPS) waits[name as keyof typeof waits].push(ms);
      }
    const ratio = Math.round((median(waits.large) / median(waits.small)) * 100) / 100;
    const figures = {
      large_vs_first_series: ratio,
      large_ms: [median(waits.large), quantile(waits.large, 0), quantile(waits.large, 1)],
      first_series_ms: [median(waits.small), quantile(waits.small, 0), quantile(waits.small, 1)],
      large_mib: Math.round((SERIES * SLICES * SIZE * SIZE * 2) / 1024 ** 2),
      runs: RUNS,
    };
    return { figures, aims: AIMS, ok: ratio <= AIMS.large_vs_first_series };
  } finally {
    await stack.close();
  }
}

const series = (description: string, seriesNumber: number): SampleFile[] =>
  syntheticCtStudy({ slices: SLICES, size: SIZE, description, seriesNumber, patientName: 'Doe^Jane' });

async function add(patient: ApiClient, files: readonly SampleFile[]): Promise<string[]> {
  return (await patient.addFiles(files)).items.map(({ id }) => id);
}

async function wait(stack: Stack, patient: ApiClient, itemIds: readonly string[]): Promise<number> {
  await untilIdle(stack, 1);
  const begun = performance.now();
  const { id } = await patient.call<SessionView>('POST', '/api/sessions', { itemIds, viewerId: 'ohif' });
  await patient.untilSession(id, ({ step }) => step === 'showing');
  const ms = Math.round(performance.now() - begun);
  await patient.call('POST', `/api/sessions/${id}/stop`);
  return ms;
}
