import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { GuacamoleClient } from '@vitrine/sessions/testing';
import { BROKEN_DISPLAYS } from '../../testing/broken-displays.js';
import { GatewayHarness } from '../../testing/gateway-harness.js';
import { findImage, RealDisplay, residentMiB, SCENES } from '../../testing/real-display.js';

const [base, guacd] = [await findImage('base'), await findImage('guacd')];
const LOOK_MS = 2_000;
const GROWTH_MIB = 100;
/** The largest screen that anybody is shown. */
const LARGEST = 4096;
const COLOURS = { click: [0, 255, 0], key: [255, 0, 0] };

(base && guacd ? describe : describe.skip)('a display that breaks the protocol', () => {
  let gateway: GatewayHarness;
  let honest: GuacamoleClient;
  let neighbour: RealDisplay;
  let display: RealDisplay | undefined;

  const show = async (script: string) => {
    const session = await gateway.session();
    const images = { base: base!, guacd: guacd! };
    return { session, guests: await RealDisplay.start(gateway.endpoints(session), images, script) };
  };

  beforeAll(async () => {
    gateway = await GatewayHarness.start();
    const { session, guests } = await show(SCENES.colours);
    neighbour = guests;
    honest = await gateway.join(session, await gateway.account());
    await honest.firstFrame();
  });
  afterAll(async () => {
    await honest.close();
    await neighbour.stop();
    await gateway.stop();
  });
  afterEach(async () => {
    await display?.stop();
    display = undefined;
  });

  /** What another session shows still follows its mouse and its keys. */
  async function neighbourAnswers(): Promise<void> {
    const until = (rgb: readonly number[]) =>
      honest.until(() => honest.screen.pixel(100, 100).slice(0, 3).join() === rgb.join(), 15_000);
    honest.mouse(50, 50, 1);
    honest.mouse(50, 50, 0);
    await until(COLOURS.click);
    honest.key(97);
    await until(COLOURS.key);
  }

  it.each(Object.keys(BROKEN_DISPLAYS))('and %s harms nobody', async (what) => {
    const { session, guests } = await show(BROKEN_DISPLAYS[what] ?? '');
    display = guests;
    const before = residentMiB();
    const client = await gateway.join(session, await gateway.account());
    await client.closed(LOOK_MS).catch(() => undefined);
    const { closing, counts, screen } = client;
    const shown = `${counts['sync'] ?? 0} frames of ${screen.width} × ${screen.height}`;
    process.stdout.write(`a display that ${what}: ${closing ? `closed, ${closing.reason}` : shown}\n`);
    expect(client.forbidden).toEqual([]);
    expect(counts['clipboard']).toBeUndefined();
    expect(Math.max(screen.width, screen.height)).toBeLessThanOrEqual(LARGEST);
    expect(residentMiB() - before).toBeLessThan(GROWTH_MIB);
    await neighbourAnswers();
    await client.close();
  });
});
