import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { delay } from '@vitrine/kernel';
import { sessionEndpoints } from '@vitrine/sessions';
import { findImage, RealDisplay, SCENES } from '../../testing/real-display.js';
import { connectionSettings } from './connection-settings.js';
import { openGuacd } from './guacd-handshake.js';
import { instruction } from './instruction.js';

const [base, guacd] = [await findImage('base'), await findImage('guacd')];
const AT_ONCE = 6;
const EACH = 60;
const ANSWER_MS = 10_000;
const DISCONNECT = instruction('disconnect');

(base && guacd ? describe : describe.skip)('guacd of the image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-guacd-'));
  const endpoints = sessionEndpoints(folder, '0'.repeat(32));
  let display: RealDisplay;

  beforeAll(async () => {
    display = await RealDisplay.start(endpoints, { base: base!, guacd: guacd! }, SCENES.colours);
  });
  afterAll(async () => {
    await display.stop();
    rmSync(folder, { recursive: true });
  });

  it('answers everybody who comes while others leave', async () => {
    const unanswered: unknown[] = [];
    const comeAndGo = async (): Promise<void> => {
      for (let round = 0; round < EACH; round++) {
        const late = AbortSignal.timeout(ANSWER_MS);
        try {
          const { socket } = await openGuacd(endpoints.guacd, connectionSettings('view'), late);
          socket.end(DISCONNECT);
          await delay(20, late);
          socket.destroy();
        } catch (error) {
          unanswered.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, comeAndGo));
    // One of thousands may find a lock that a fork took along (ADR 0049); a closed descriptor hits every fiftieth.
    expect(unanswered.length).toBeLessThanOrEqual(1);
  }, 120_000);
});
