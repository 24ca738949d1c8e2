import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type ProblemCode } from '@vitrine/kernel';
import type { GuestRef, GuestSpec, HypervisorDriver } from '../src/hypervisor-driver.js';
import { openGuestSocket } from '../src/sockets/guest-socket.js';

/** What a guest of the suite does once it runs. */
export type GuestAct =
  | { readonly does: 'display' }
  | { readonly does: 'sleep' }
  | { readonly does: 'ignore-term' }
  | { readonly does: 'never-answer' }
  | { readonly does: 'exit'; readonly code: number };

/** What a driver brings to be tested. */
export interface DriverHarness {
  /** Once before all; may take long (build an image). */
  setUp(): Promise<void>;
  /** Another driver object for the same installation on the same engine: as after a restart of the process. */
  open(): HypervisorDriver;
  /** For another installation on the same engine. */
  openOther(): HypervisorDriver;
  /** For an engine that does not answer. */
  openUnreachable(): HypervisorDriver;
  /** A spec whose guest does so; of an image that is there. */
  spec(act: GuestAct): Promise<GuestSpec>;
  tearDown(): Promise<void>;
}

const MISSING = `sha256:${'0'.repeat(64)}`;

/** What every driver keeps. The suite leaves nothing behind, and says what was left when it fails. */
export function describeDriver(title: string, harness: DriverHarness): void {
  describe(`${title} keeps the driver contract`, () => {
    let driver: HypervisorDriver;
    const options = { get signal() { return AbortSignal.timeout(60_000); } }; // prettier-ignore

    beforeAll(async () => {
      await harness.setUp();
      driver = harness.open();
    });
    afterEach(async () => {
      for (const each of [driver, harness.openOther()]) {
        for (const guest of await each.list(options)) await each.destroy(guest.ref, options);
      }
    });
    afterAll(() => harness.tearDown());

    const made = async (act: GuestAct): Promise<[GuestRef, GuestSpec]> => {
      const spec = await harness.spec(act);
      return [await driver.create(driver.plan(spec), spec, options), spec];
    };
    const running = async (act: GuestAct): Promise<[GuestRef, GuestSpec]> => {
      const [ref, spec] = await made(act);
      await driver.start(ref, spec, options);
      return [ref, spec];
    };

    it('answers a probe', async () => {
      await expect(driver.probe(options)).resolves.toBeUndefined();
    });

    it('says which walls it can put around guests', async () => {
      expect(await driver.isolations(options)).toContain('standard');
    });

    it('plans the same name for the same wish, without making anything', async () => {
      const spec = await harness.spec({ does: 'sleep' });
      expect(driver.plan(spec)).toEqual(harness.open().plan(spec));
      expect(driver.plan(spec).name).toContain(spec.ownerId);
      expect(await driver.observe(driver.plan(spec), options)).toEqual({ status: 'absent' });
    });

    it('sees a guest before, while and after it exists', async () => {
      const [ref, spec] = await made({ does: 'sleep' });
      expect(await driver.observe(ref, options)).toEqual({ status: 'created' });
      await driver.start(ref, spec, options);
      expect(await driver.observe(ref, options)).toEqual({ status: 'running' });
      await driver.destroy(ref, options);
      expect(await driver.observe(ref, options)).toEqual({ status: 'absent' });
    });

    it('makes one guest when create is asked twice, as after a lost reply', async () => {
      const [ref, spec] = await made({ does: 'sleep' });
      const again = await harness.open().create(driver.plan(spec), spec, options);
      expect(again).toEqual(ref);
      expect(await driver.list(options)).toHaveLength(1);
    });

    it('makes one guest when create is asked twice at once', async () => {
      const spec = await harness.spec({ does: 'sleep' });
      const plan = driver.plan(spec);
      const refs = await Promise.all([0, 1].map(() => driver.create(plan, spec, options)));
      expect(refs[0]).toEqual(refs[1]);
      expect(await driver.list(options)).toHaveLength(1);
    });

    it.each([0, 5, 15, 30, 50, 80, 110, 115, 140])(
      'leaves nothing of a guest whose making was given up after %i ms and that was destroyed then',
      async (patience) => {
        const spec = await harness.spec({ does: 'sleep' });
        const plan = driver.plan(spec);
        const over = new AbortController();
        const creating = driver.create(plan, spec, { signal: over.signal }).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, patience));
        over.abort();
        await creating;
        await driver.destroy(plan, options);
        // Longer than an engine takes to make one.
        await new Promise((resolve) => setTimeout(resolve, 400));
        expect(await driver.list(options)).toEqual([]);
      },
    );

    it('replaces a guest that has not run when the wish has changed', async () => {
      const [ref, spec] = await made({ does: 'exit', code: 3 });
      const changed: GuestSpec = {
        ...spec,
        limits: { ...spec.limits, memoryMiB: spec.limits.memoryMiB + 1 },
      };
      const again = await driver.create(driver.plan(changed), changed, options);
      expect(again.name).toBe(ref.name);
      await driver.start(again, changed, options);
      expect(await driver.waitForEnd(again, options)).toMatchObject({ status: 'exited', exitCode: 3 });
    });

    it('leaves a running guest alone when the wish has changed', async () => {
      const [ref, spec] = await running({ does: 'display' });
      const changed: GuestSpec = {
        ...spec,
        limits: { ...spec.limits, memoryMiB: spec.limits.memoryMiB + 1 },
      };
      expect((await driver.create(driver.plan(changed), changed, options)).name).toBe(ref.name);
      expect(await driver.observe(ref, options)).toEqual({ status: 'running' });
    });

    it('starts a guest whose display answers, and starting it again changes nothing', async () => {
      const phases: string[] = [];
      const [ref, spec] = await made({ does: 'display' });
      await driver.start(ref, spec, { ...options, onProgress: ({ phase }) => phases.push(phase) });
      expect(phases).toEqual(['boot', 'display']);
      expect(spec.endpoint).toBeDefined();
      if (spec.endpoint) openGuestSocket(spec.endpoint).close();
      await driver.start(ref, spec, options);
      await harness.open().start(ref, spec, options);
      expect(await driver.observe(ref, options)).toEqual({ status: 'running' });
    });

    it('finds the walls of a guest that runs where they were promised, and looks at none that does not', async () => {
      const [ref, spec] = await made({ does: 'display' });
      const refused: ProblemCode = 'hypervisor.start-failed';
      await expect(driver.examine(ref, spec, options)).rejects.toMatchObject({ code: refused });
      await driver.start(ref, spec, options);
      expect(await driver.examine(ref, spec, options)).toMatchObject({ interfaces: ['lo'], breaches: [] });
      await driver.destroy(ref, options);
      await expect(driver.examine(ref, spec, options)).rejects.toMatchObject({ code: refused });
    });

    it('tells the memory of the machine and of guests that run, and of no others', async () => {
      const [ref, spec] = await made({ does: 'display' });
      const other = driver.plan(await harness.spec({ does: 'sleep' }));
      expect((await driver.memory([ref, other], options)).guests).toEqual([undefined, undefined]);
      await driver.start(ref, spec, options);
      const { available, guests } = await driver.memory([other, ref], options);
      expect(available).toBeGreaterThan(0);
      expect(guests[0]).toBeUndefined();
      expect(guests[1]?.used).toBeGreaterThan(0);
      expect(guests[1]?.peak).toBeGreaterThanOrEqual(guests[1]?.used ?? NaN);
      await driver.destroy(ref, options);
      expect((await driver.memory([ref], options)).guests).toEqual([undefined]);
    });

    it('gives up on a display that never answers when the deadline passes', async () => {
      const [ref, spec] = await made({ does: 'never-answer' });
      const started = Date.now();
      const start = driver.start(ref, spec, { signal: AbortSignal.timeout(700) });
      await rejectsWith(start, 'hypervisor.took-too-long');
      expect(Date.now() - started).toBeLessThan(3000);
      expect(await driver.observe(ref, options)).toEqual({ status: 'running' });
    });

    it('says that a guest died before its display came, without waiting for the deadline', async () => {
      const sleeping = await harness.spec({ does: 'display' });
      const dying = await harness.spec({ does: 'exit', code: 1 });
      const spec: GuestSpec = {
        ...dying,
        role: 'viewer',
        ...(sleeping.endpoint && { endpoint: sleeping.endpoint }),
      };
      const ref = await driver.create(driver.plan(spec), spec, options);
      await rejectsWith(driver.start(ref, spec, options), 'hypervisor.start-failed');
    });

    it.each([0, 3, 42])('tells exit code %i from a guest that still runs', async (code) => {
      const [ref, spec] = await made({ does: 'exit', code });
      await driver.start(ref, spec, options);
      expect(await driver.waitForEnd(ref, options)).toMatchObject({ status: 'exited', exitCode: code });
      expect(await driver.observe(ref, options)).toMatchObject({ status: 'exited', exitCode: code });
    });

    it('does not run a guest again that has ended', async () => {
      const [ref, spec] = await made({ does: 'exit', code: 0 });
      await driver.start(ref, spec, options);
      await driver.waitForEnd(ref, options);
      await rejectsWith(driver.start(ref, spec, options), 'hypervisor.start-failed');
    });

    it('refuses to start what was never made', async () => {
      const spec = await harness.spec({ does: 'sleep' });
      await rejectsWith(driver.start(driver.plan(spec), spec, options), 'hypervisor.start-failed');
    });

    it('stops a guest that ends when asked', async () => {
      const [ref] = await running({ does: 'display' });
      await driver.stop(ref, { ...options, graceMs: 30_000 });
      expect(await driver.observe(ref, options)).toMatchObject({ status: 'exited', exitCode: 0 });
    });

    it('kills a guest that does not end when asked', async () => {
      const [ref] = await running({ does: 'ignore-term' });
      await driver.stop(ref, { ...options, graceMs: 300 });
      expect(await driver.observe(ref, options)).toMatchObject({ status: 'exited', exitCode: 137 });
    });

    it('has nothing to stop or destroy where there is nothing', async () => {
      const ref = driver.plan(await harness.spec({ does: 'sleep' }));
      await driver.stop(ref, { ...options, graceMs: 100 });
      await driver.destroy(ref, options);
      const [ended] = await running({ does: 'sleep' });
      await driver.stop(ended, { ...options, graceMs: 0 });
      await driver.stop(ended, { ...options, graceMs: 0 });
      await driver.destroy(ended, options);
      await driver.destroy(ended, options);
      expect(await driver.waitForEnd(ended, options)).toEqual({ status: 'absent' });
    });

    it('destroys a running guest', async () => {
      const [ref] = await running({ does: 'ignore-term' });
      await Promise.all([driver.destroy(ref, options), driver.destroy(ref, options)]);
      expect(await driver.list(options)).toEqual([]);
    });

    it('lists the guests of this installation whoever started them, and no other', async () => {
      const [ref, spec] = await running({ does: 'sleep' });
      const other = harness.openOther();
      const foreign = await harness.spec({ does: 'sleep' });
      await other.create(other.plan(foreign), foreign, options);
      const listed = await harness.open().list(options);
      expect(listed.map((guest) => [guest.ref.name, guest.ownerId, guest.role])).toEqual([
        [ref.name, spec.ownerId, spec.role],
      ]);
      expect(Math.abs(Date.now() - Number(listed[0]?.createdAt))).toBeLessThan(60_000);
      expect((await other.list(options)).map((guest) => guest.ownerId)).toEqual([foreign.ownerId]);
    });

    it('lets a second driver see, stop and destroy what the first one started', async () => {
      const [ref] = await running({ does: 'sleep' });
      const saved = JSON.parse(JSON.stringify(ref)) as GuestRef;
      const second = harness.open();
      expect(await second.observe(saved, options)).toEqual({ status: 'running' });
      await second.stop(saved, { ...options, graceMs: 30_000 });
      await second.destroy(saved, options);
      expect(await driver.observe(ref, options)).toEqual({ status: 'absent' });
    });

    it('says that an image is missing', async () => {
      const spec = { ...(await harness.spec({ does: 'sleep' })), imageDigest: MISSING };
      await rejectsWith(driver.create(driver.plan(spec), spec, options), 'hypervisor.image-missing');
      expect(await driver.findImage(MISSING, options)).toBeUndefined();
      expect(await driver.findImage(`nowhere/${newId()}:1`, options)).toBeUndefined();
    });

    it('finds an image and says its digest', async () => {
      const { imageDigest } = await harness.spec({ does: 'sleep' });
      expect(await driver.findImage(imageDigest, options)).toMatchObject({ digest: imageDigest });
    });

    it('tells an engine that does not answer from a guest that is not there', async () => {
      const away = harness.openUnreachable();
      const spec = await harness.spec({ does: 'sleep' });
      const ref = away.plan(spec);
      expect(await away.observe(ref, options)).toMatchObject({ status: 'unreachable' });
      expect(await away.waitForEnd(ref, options)).toMatchObject({ status: 'unreachable' });
      await rejectsWith(away.probe(options), 'hypervisor.unreachable');
      await rejectsWith(away.isolations(options), 'hypervisor.unreachable');
      await rejectsWith(away.create(ref, spec, options), 'hypervisor.unreachable');
      await rejectsWith(away.start(ref, spec, options), 'hypervisor.unreachable');
      await rejectsWith(away.stop(ref, { ...options, graceMs: 100 }), 'hypervisor.unreachable');
      await rejectsWith(away.destroy(ref, options), 'hypervisor.unreachable');
      await rejectsWith(away.list(options), 'hypervisor.unreachable');
    });

    it('asks nothing of the engine when the deadline has passed already', async () => {
      const [ref, spec] = await made({ does: 'sleep' });
      const late = { signal: AbortSignal.abort() };
      await rejectsWith(driver.list(late), 'hypervisor.took-too-long');
      await rejectsWith(driver.start(ref, spec, late), 'hypervisor.took-too-long');
      expect(await driver.observe(ref, late)).toMatchObject({ status: 'unreachable' });
      expect(await driver.observe(ref, options)).toEqual({ status: 'created' });
    });

    it('stops waiting for the end when the deadline passes', async () => {
      const [ref] = await running({ does: 'sleep' });
      expect(await driver.waitForEnd(ref, { signal: AbortSignal.timeout(200) })).toMatchObject({
        status: 'unreachable',
      });
      expect(await driver.observe(ref, options)).toEqual({ status: 'running' });
    });

    it('hints at what happens to its guests', async () => {
      const stop = new AbortController();
      const seen: string[] = [];
      const [ref, spec] = await made({ does: 'exit', code: 0 });
      const watching = (async () => {
        for await (const event of driver.watch({ signal: stop.signal })) {
          if (event.name === ref.name) seen.push(event.kind);
          if (event.kind === 'destroyed') break;
        }
      })();
      await new Promise((resolve) => setTimeout(resolve, 100));
      await driver.start(ref, spec, options);
      await driver.waitForEnd(ref, options);
      await driver.destroy(ref, options);
      await watching;
      expect(seen).toEqual(['started', 'exited', 'destroyed']);
      stop.abort();
    });

    it.each([0, 5, 50])('ends a watch with its signal after %i ms', async (ms) => {
      const stop = new AbortController();
      const watching = (async () => {
        for await (const event of driver.watch({ signal: stop.signal })) expect(event).toBeUndefined();
      })();
      await new Promise((resolve) => setTimeout(resolve, ms));
      stop.abort();
      await watching;
    });
  });
}

async function rejectsWith(work: Promise<unknown>, code: ProblemCode): Promise<void> {
  await expect(work).rejects.toMatchObject({ name: 'Problem', code });
}
