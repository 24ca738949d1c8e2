import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { syntheticReportPdf } from '@vitrine/samples';
import { median, quantile } from '../bench/statistics.js';
import { ApiClient } from '../support/api-client.js';
import { untilJobsAreDone } from '../support/host-state.js';
import { PARTS } from '../support/stack.js';
import { NOTHING_LEFT, showsLife, Viewing } from '../support/viewing.js';

/** `VITRINE_LOAD=long` before a release; otherwise long enough to see each process at rest with what it needs. */
const [MINUTES, UPLOAD_MIB] = process.env['VITRINE_LOAD'] === 'long' ? [10, 200] : [3, 32];
const [SESSIONS, UPLOADS, USERS] = [16, 8, 50];
/** Each with some of the users, as somebody with several pages open. */
const READERS = 10;
const VIEWER = 'aeskulap';
const MIB = 1024 ** 2;
/** One address may start 30 viewers a minute, and all of these have one. */
const LOOK_MS = 60_000;
const VISIT_MS = 15_000;
const ASK_MS = 1_000;
const SAMPLE_MS = 5_000;
const LIFE_MS = 15_000;
/** What a process may have more in the last quarter than in the second: a tenth, and what V8 has not freed yet. */
const GROWTH = { share: 0.1, bytes: 64 * MIB };

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const figures = (what: string, times: readonly number[]): string =>
  `${times.length} ${what}: median ${median(times)} ms, p95 ${quantile(times, 0.95)} ms, slowest ${quantile(times, 1)} ms`;
const report = (bytes: number): Buffer => Buffer.concat([syntheticReportPdf().bytes, randomBytes(bytes)]);

describe('everybody at once', () => {
  let viewing: Viewing;
  let uploaders: ApiClient[];
  let readers: { reader: ApiClient; own: string[] }[];

  beforeAll(async () => {
    viewing = await Viewing.start({
      VITRINE_SESSIONS_PER_PERSON: String(SESSIONS),
      VITRINE_SESSION_MIB: String(SESSIONS * 4096),
    });
    uploaders = await people('Uploader', UPLOADS);
    readers = await Promise.all(
      (await people('Reader', READERS)).map(async (reader) => {
        const { items } = await reader.addFiles([{ name: 'report.pdf', bytes: report(16) }]);
        return { reader, own: items.map(({ id }) => id) };
      }),
    );
    await untilJobsAreDone(viewing.stack);
  }, 360_000);
  afterAll(() => viewing.close());

  const people = async (name: string, count: number): Promise<ApiClient[]> => {
    const all: ApiClient[] = [];
    for (let n = 0; n < count; n++) {
      const one = new ApiClient(viewing.stack);
      await one.signUp(`${name} ${n}`, `${name}${n}@example.org`);
      all.push(one);
    }
    return all;
  };
  const recordOf = async (person: ApiClient): Promise<string[]> =>
    (await person.call<{ items: { id: string }[] }>('GET', '/api/record')).items.map(({ id }) => id);
  const residentBytes = () =>
    PARTS.map((name) => {
      const status = readFileSync(`/proc/${viewing.stack.pidOf(name)}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
    });

  it(
    `F28: ${SESSIONS} viewers, ${UPLOADS} uploads of ${UPLOAD_MIB} MiB and ${USERS} people for ${MINUTES} min go without an error, lose nothing and leave nothing`,
    async () => {
      const began = performance.now();
      const until = began + MINUTES * 60_000;
      const [starts, answers, errors] = [[] as number[], [] as number[], [] as string[]];
      const samples: number[][] = [];
      let [uploaded, visits] = [0, 0];
      const again = async (what: string, work: () => Promise<void>) => {
        while (performance.now() < until)
          await work().catch(async (error: unknown) => {
            errors.push(`${what}: ${String(error)}`);
            await pause(ASK_MS);
          });
      };
      /** One viewer from the request until nothing is left, with what is done while it is there. */
      const look = async (meanwhile: (id: string) => Promise<void>) => {
        const asked = performance.now();
        const { id } = await viewing.open(VIEWER);
        try {
          const client = await viewing.look(id);
          starts.push(performance.now() - asked);
          for (const end = Math.min(until, performance.now() + LOOK_MS); performance.now() < end;) {
            await meanwhile(id);
            await showsLife(client, LIFE_MS);
          }
          await client.close();
        } finally {
          await viewing.stop(id);
        }
      };
      const visit = async (id: string) => {
        const { client, revoke } = await viewing.letIn(id);
        await showsLife(client, LIFE_MS);
        await revoke();
        expect((await client.closed()).reason).toBe('sessions.cut-off');
        visits++;
        await pause(VISIT_MS);
      };
      const upload = async (patient: ApiClient) => {
        const bytes = report(UPLOAD_MIB * MIB);
        const { items } = await patient.addFiles([{ name: 'large.pdf', bytes }]);
        expect(await recordOf(patient)).toEqual(items.map(({ id }) => id));
        for (const { id } of items) {
          // What an archive holds of it lies there as it is.
          const archive = await patient.fetch('GET', `/api/record/${id}/download`);
          if (!Buffer.from(await archive.arrayBuffer()).includes(bytes)) throw new Error('bytes were lost');
          await patient.call('DELETE', `/api/record/${id}`);
        }
        uploaded += bytes.length;
      };
      const ask = async ({ reader, own }: { reader: ApiClient; own: string[] }) => {
        const asked = performance.now();
        expect(await recordOf(reader)).toEqual(own);
        answers.push(performance.now() - asked);
        await pause(ASK_MS);
      };
      await Promise.all([
        again('visit', () => look(visit)),
        ...Array.from({ length: SESSIONS - 1 }, () => again('viewer', () => look(() => pause(ASK_MS)))),
        ...uploaders.map((patient) => again('upload', () => upload(patient))),
        ...Array.from({ length: USERS }, (_, n) => again('answer', () => ask(readers[n % READERS]!))),
        again('sample', async () => {
          samples.push(residentBytes());
          await pause(SAMPLE_MS);
        }),
      ]);
      const quarter = Math.floor(samples.length / 4);
      const memory = PARTS.map((name, n) => {
        const of = (some: readonly number[][]) => median(some.map((sample) => sample[n] ?? NaN));
        return { name, before: of(samples.slice(quarter, 2 * quarter)), after: of(samples.slice(-quarter)) };
      });
      console.info(
        [
          figures('starts', starts),
          figures('answers', answers),
          `${visits} visits, ${(uploaded / MIB).toFixed(0)} MiB uploaded and read again`,
          ...memory.map(
            ({ name, before, after }) =>
              `${name}: ${(before / MIB).toFixed(0)} MiB in the second quarter, ${(after / MIB).toFixed(0)} MiB in the last`,
          ),
        ].join('\n'),
      );
      expect(errors).toEqual([]);
      await viewing.stopAll();
      await untilJobsAreDone(viewing.stack);
      expect(await viewing.left()).toEqual(NOTHING_LEFT);
      expect(readdirSync(join(viewing.stack.dataDir, 'uploads'))).toEqual([]);
      expect((await Promise.all(uploaders.map(recordOf))).flat()).toEqual([]);
      for (const { before, after } of memory)
        expect(after).toBeLessThan(before * (1 + GROWTH.share) + GROWTH.bytes);
    },
    (MINUTES + 10) * 60_000,
  );
});
