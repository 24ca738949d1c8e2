import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { LiveConnections, type Session } from '@vitrine/sessions';
import type { GuacamoleClient } from '@vitrine/sessions/testing';
import { GatewayHarness } from '../../testing/gateway-harness.js';
import { heldMiB } from '../../testing/held-memory.js';
import { findImage, RealDisplay, SCENES } from '../../testing/real-display.js';

const [base, guacd] = [await findImage('base'), await findImage('guacd')];
/** As many as there may be at one session. */
const AT_ONCE = 12;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const colour =
  (client: GuacamoleClient, rgb: readonly number[], x = 100, y = 100) =>
  () =>
    client.screen.pixel(x, y).slice(0, 3).join() === rgb.join();
const [BLUE, RED, GREEN] = [
  [0, 0, 255],
  [255, 0, 0],
  [0, 255, 0],
] as const;

(base && guacd ? describe : describe.skip)('the display over the real guacd', () => {
  let gateway: GatewayHarness;
  let display: RealDisplay | undefined;
  let session: Session;

  beforeAll(async () => {
    gateway = await GatewayHarness.start();
  });
  afterAll(() => gateway.stop());
  afterEach(async () => {
    await display?.stop();
    display = undefined;
  });

  const tasks = async () => (await display?.bridgeCosts())?.tasks;

  const show = async (scene: keyof typeof SCENES) => {
    session = await gateway.session();
    const images = { base: base!, guacd: guacd! };
    display = await RealDisplay.start(gateway.endpoints(session), images, SCENES[scene]);
  };

  it('shows the first frame, follows key and mouse of those who steer, and of nobody else', async () => {
    await show('colours');
    const [steering, looking] = [
      await gateway.join(session, await gateway.account()),
      await gateway.join(session, await gateway.visitor()),
    ];
    await Promise.all([steering.firstFrame(), looking.firstFrame()]);
    await Promise.all([steering.until(colour(steering, BLUE)), looking.until(colour(looking, BLUE))]);
    expect([steering.screen.width, steering.screen.height]).toEqual([800, 600]);

    looking.mouse(50, 50, 1);
    looking.mouse(50, 50, 0);
    looking.key(97);
    looking.size(640, 480);
    await wait(700);
    expect([steering.screen.pixel(100, 100), looking.screen.pixel(100, 100)]).toEqual([
      [0, 0, 255, 255],
      [0, 0, 255, 255],
    ]);
    expect(looking.screen.width).toBe(800);

    steering.mouse(50, 50, 1);
    steering.mouse(50, 50, 0);
    await Promise.all([steering.until(colour(steering, GREEN)), looking.until(colour(looking, GREEN))]);
    steering.key(97);
    await Promise.all([steering.until(colour(steering, RED)), looking.until(colour(looking, RED))]);
    expect(steering.state).toMatchObject({ lossless: true, control: 'control' });
    await Promise.all([steering.close(), looking.close()]);
  });

  it('joins and paints the first frame fast', async () => {
    await show('colours');
    const patient = await gateway.account();
    const times: number[] = [];
    for (let round = 0; round < 10; round++) {
      const ticket = await gateway.ticket(session, patient);
      const started = performance.now();
      const client = await gateway.present(ticket, patient);
      await client.firstFrame();
      times.push((client.firstFrameAt ?? Infinity) - started);
      await client.close();
    }
    times.sort((a, b) => a - b);
    console.info(
      `ticket to first frame: median ${times[5]?.toFixed(0)} ms, worst ${times[9]?.toFixed(0)} ms`,
    );
    // What is aimed at is the bench's concern; on a busy machine this only tells of a lost wake-up.
    expect(times[5]).toBeLessThan(3000);
  });

  it('gives the display the size of the window of those who steer', async () => {
    await show('colours');
    const client = await gateway.join(session, await gateway.account());
    await client.firstFrame();
    client.size(1000, 700);
    client.size(1111, 777);
    await client.until(() => client.screen.width === 1111 && client.screen.height === 777);
    await client.until(colour(client, BLUE, 1100, 770));
    client.size(10, 16_000);
    await client.until(() => client.screen.width === 320 && client.screen.height === 4096);
    await client.close();
  });

  it('cuts within a second of the revocation, in the middle of a stream', async () => {
    await show('noise');
    const visitor = await gateway.visitor();
    const client = await gateway.join(session, visitor);
    await client.firstFrame();
    await client.until(() => client.bytes > 2_000_000, 15_000);
    const started = performance.now();
    const live = new LiveConnections(gateway.settings);
    expect(await live.cut({ participantIds: [visitor.participant.id] })).toBe(1);
    expect(performance.now() - started).toBeLessThan(1000);
    expect((await client.closed(500)).reason).toBe('sessions.cut-off');
  });

  it('shows its picture to everybody who comes at once, and keeps nothing of those who left', async () => {
    await show('colours');
    const patient = await gateway.account();
    const people = [patient, patient];
    while (people.length < AT_ONCE) people.push(await gateway.visitor());
    for (let round = 0; round < 4; round++) {
      const clients = await Promise.all(people.map((each) => gateway.join(session, each)));
      await Promise.all(clients.map((client) => client.until(colour(client, BLUE), 15_000)));
      if (round === 0) console.info(`${AT_ONCE} browsers: ${JSON.stringify(await display?.bridgeCosts())}`);
      await Promise.all(clients.map((client) => client.close()));
    }
    // Sooner than the 15 s after which guacd would notice by itself.
    for (const end = Date.now() + 7_000; Date.now() < end && (await tasks()) !== 1;) await wait(100);
    expect(await tasks()).toBe(1);
  });

  it('lets others in, and keeps nothing, when many are cut off or leave in the middle of joining', async () => {
    await show('colours');
    const live = new LiveConnections(gateway.settings);
    for (let round = 0; round < 60; round++) {
      const visitor = await gateway.visitor();
      const ticket = await gateway.ticket(session, visitor);
      const middleMs = 4 + (round % 12);
      if (round % 2 === 0) await gateway.presentAndLeave(ticket, visitor, middleMs);
      else {
        const joining = gateway.present(ticket, visitor);
        await wait(middleMs);
        await live.cut({ participantIds: [visitor.participant.id] });
        await (await joining).closed();
      }
    }
    const client = await gateway.join(session, await gateway.account());
    await client.until(colour(client, BLUE));
    await client.close();
    // Sooner than the 15 s after which guacd would notice by itself.
    for (const end = Date.now() + 7_000; Date.now() < end && (await tasks()) !== 1;) await wait(100);
    expect(await tasks()).toBe(1);
  });

  it('shows a very large picture to four at once', async () => {
    await show('colours');
    const patient = await gateway.join(session, await gateway.account());
    await patient.firstFrame();
    patient.size(3840, 2160);
    await patient.until(() => patient.screen.width === 3840, 15_000);
    const all = [patient];
    while (all.length < 4) all.push(await gateway.join(session, await gateway.visitor()));
    await Promise.all(all.map((each) => each.until(colour(each, BLUE, 3800, 2100), 30_000)));
    patient.mouse(50, 50, 1);
    patient.mouse(50, 50, 0);
    await Promise.all(all.map((each) => each.until(colour(each, GREEN, 3800, 2100), 30_000)));
    console.info(`four at 3840×2160: ${JSON.stringify(await display?.bridgeCosts())}`);
    expect(all.map(({ closing }) => closing)).toEqual(all.map(() => undefined));
    await Promise.all(all.map((each) => each.close()));
  });

  it('says so when guacd is gone', async () => {
    await show('colours');
    const client = await gateway.join(session, await gateway.account());
    await client.firstFrame();
    await display?.killGuacd();
    expect(await client.closed()).toEqual({ code: 1011, reason: 'sessions.display-lost' });
  });

  it('needs no memory for a browser that stalls, and does not slow another one down', async () => {
    await show('noise');
    const [stalled, other] = [
      await gateway.join(session, await gateway.account()),
      await gateway.join(session, await gateway.visitor()),
    ];
    await Promise.all([stalled.firstFrame(), other.firstFrame()]);
    stalled.stall();
    await wait(2000);
    const before = heldMiB();
    const frames = other.counts['sync'] ?? 0;
    await wait(8000);
    expect(heldMiB() - before).toBeLessThan(40);
    expect((other.counts['sync'] ?? 0) - frames).toBeGreaterThan(8);
    expect(stalled.closing).toBeUndefined();
    stalled.resume();
    const syncs = stalled.counts['sync'] ?? 0;
    await stalled.until(() => (stalled.counts['sync'] ?? 0) > syncs + 3, 10_000);
    await Promise.all([stalled.close(), other.close()]);
  });

  it('is lossless also while everything moves', async () => {
    await show('noise');
    const client = await gateway.join(session, await gateway.visitor());
    await client.until(() => (client.screen.pictures['image/png'] ?? 0) > 20, 30_000);
    expect(client.screen.pictures['image/jpeg']).toBeUndefined();
    expect(client.state?.lossless).toBe(true);
    await client.close();
  });

  it('lets nothing but pictures through from a hostile display', async () => {
    await show('hostile');
    const client = await gateway.join(session, await gateway.account());
    await client.firstFrame();
    await client.until(() => (client.counts['sync'] ?? 0) > 10, 15_000);
    expect(client.forbidden).toEqual([]);
    expect(Object.keys(client.counts).sort()).not.toContain('clipboard');
    await client.close();
  });
});
