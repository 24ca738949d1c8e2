import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { syntheticReportPdf } from '@vitrine/samples';
import { hostState, NOTHING } from '../support/host-state.js';
import { PARTS } from '../support/stack.js';
import { showsLife, Viewing } from '../support/viewing.js';

/** Ten for a release; a quick look takes less. */
const MINUTES = Number(process.env['VITRINE_LOAD_MINUTES'] ?? 10);
const UPLOAD_MIB = Number(process.env['VITRINE_LOAD_UPLOAD_MIB'] ?? 200);
const [SESSIONS, UPLOADS, USERS] = [16, 8, 50];
const VIEWER = 'aeskulap';
const MIB = 1024 ** 2;
/** Each viewer is looked at for so long, then closed, and the next one opened. */
const LOOK_MS = 30_000;
const ASK_MS = 1_000;
const START_MS = 6_000;
/** What a process may have more at the end than after the first half: a tenth, and what V8 has not freed yet. */
const GROWTH = { share: 0.1, bytes: 64 * MIB };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const at = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? 0;

describe('everybody at once', () => {
  let viewing: Viewing;

  beforeAll(async () => {
    viewing = await Viewing.start({
      VITRINE_SESSIONS_PER_PERSON: String(SESSIONS),
      VITRINE_SESSION_MIB: String(SESSIONS * 4096),
    });
  }, 360_000);
  afterAll(() => viewing.close());

  const residentBytes = () =>
    PARTS.map((name) => {
      const status = readFileSync(`/proc/${viewing.stack.pidOf(name)}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
    });

  it(
    `F28: ${SESSIONS} viewers, ${UPLOADS} uploads of ${UPLOAD_MIB} MB and ${USERS} people for ${MINUTES} min go without an error, and leave nothing`,
    async () => {
      const until = performance.now() + MINUTES * 60_000;
      const [starts, answers, errors] = [[] as number[], [] as number[], [] as string[]];
      let uploaded = 0;
      const again = async (what: string, work: () => Promise<void>) => {
        while (performance.now() < until)
          await work().catch((error: unknown) => errors.push(`${what}: ${String(error)}`));
      };
      const look = async () => {
        const began = performance.now();
        const { id } = await viewing.open(VIEWER);
        const client = await viewing.look(id);
        starts.push(performance.now() - began);
        for (const end = Math.min(until, performance.now() + LOOK_MS); performance.now() < end;) {
          await showsLife(client, 10_000);
          await pause(ASK_MS);
        }
        await client.close();
        await viewing.stop(id);
      };
      const upload = async () => {
        const bytes = Buffer.concat([syntheticReportPdf().bytes, randomBytes(UPLOAD_MIB * MIB)]);
        const { items } = await viewing.patient.addFiles([{ name: 'large.pdf', bytes }]);
        uploaded += bytes.length;
        for (const { id } of items) await viewing.patient.call('DELETE', `/api/record/${id}`);
      };
      const ask = async () => {
        const began = performance.now();
        await viewing.patient.call('GET', '/api/record');
        answers.push(performance.now() - began);
        await pause(ASK_MS);
      };
      const half = pause((until - performance.now()) / 2).then(residentBytes);
      await Promise.all([
        ...Array.from({ length: SESSIONS }, () => again('session', look)),
        ...Array.from({ length: UPLOADS }, () => again('upload', upload)),
        ...Array.from({ length: USERS }, () => again('answer', ask)),
      ]);
      await viewing.stopAll();
      const [before, after] = [await half, residentBytes()];
      console.info(
        [
          `${starts.length} starts, median ${at(starts, 0.5).toFixed(0)} ms, p95 ${at(starts, 0.95).toFixed(0)} ms`,
          `${answers.length} answers, median ${at(answers, 0.5).toFixed(0)} ms, p95 ${at(answers, 0.95).toFixed(0)} ms`,
          `${(uploaded / MIB).toFixed(0)} MiB uploaded`,
          ...PARTS.map(
            (name, n) =>
              `${name}: ${((before[n] ?? 0) / MIB).toFixed(0)} MiB, then ${((after[n] ?? 0) / MIB).toFixed(0)} MiB`,
          ),
        ].join('\n'),
      );
      expect(errors).toEqual([]);
      expect(await hostState(viewing.stack)).toEqual(NOTHING);
      PARTS.forEach((_, n) =>
        expect(after[n]).toBeLessThan((before[n] ?? 0) * (1 + GROWTH.share) + GROWTH.bytes),
      );
      expect(at(starts, 0.95)).toBeLessThan(START_MS);
    },
    (MINUTES + 5) * 60_000,
  );
});
