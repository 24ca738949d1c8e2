import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EngineFixture, type ViewerFixture } from '../../testing/engine-fixture.js';
import { engineIsolations } from '../../testing/engine-isolations.js';
import { readGuestGroup } from '../../testing/guest-group.js';
import { OUT_OF_MEMORY, type GuestLimits } from '../hypervisor-driver.js';
import { probeRfb } from '../sockets/rfb.js';

const MIB = 1024 * 1024;
const LIMITS: GuestLimits = { cpus: 0.5, memoryMiB: 128, pids: 64, scratchMiB: 16 };
/** The kernel lets a process that it is ending have a few pages more, so that it can end. */
const ENDING_MIB = 1;
/** What gVisor's kernel gets for threads of its own, beyond what the guest may have. */
const PIDS_OF_THE_WALLS = { standard: 0, strong: 128 };
const DISPLAY = ['display', '/run/display/vnc.sock'];

/** As many burners as would take every processor of any machine that tests run on. */
const BURN = 'for (1 .. 40) { fork or do { 1 while 1 } } sleep 1000';
/** Each child forks as well, and none ends. */
const FORK = '$SIG{CHLD} = "IGNORE"; fork while 1';
const EAT = 'my @all; push @all, "x" x 1_000_000 while 1';
/** The kernel ends the child, which is the largest; the parent lives and makes another. */
const EAT_AGAIN = `while (1) { my $pid = fork; if (!defined $pid) { next } if (!$pid) { ${EAT} } waitpid $pid, 0 }`;
/** Whatever it can write to, to the brim; a file of what it got. */
const FILL = `
  my $block = "x" x 65536; my @got;
  for my $place ("/tmp", "/dev/shm") {
    my $written = 0;
    open my $f, ">", "$place/full" or next;
    while ((my $n = syswrite $f, $block)) { $written += $n; last if $written > 1024**3 }
    push @got, int($written / 1024**2);
  }
  open my $f, ">", "/run/display/said"; print $f join " ", @got; close $f;
  sleep 1000`;
const PRINT = 'my $line = "health data\\n" x 1000; while (1) { print STDOUT $line; print STDERR $line }';

/** Threat T10: a guest that takes whatever it can get. */
describe.each(engineIsolations())('a greedy guest within %s walls', (isolation) => {
  let engine: EngineFixture;
  let neighbour: ViewerFixture;
  const begun: ViewerFixture[] = [];
  const table: string[] = [];
  const note = (attempt: string, outcome: string) => table.push(`${attempt.padEnd(44)} ${outcome}`);

  beforeAll(async () => {
    engine = await EngineFixture.open();
    neighbour = await engine.viewer(DISPLAY, { isolation });
    await engine.start(neighbour);
  });
  afterEach(async () => {
    for (const { ref } of begun.splice(0)) {
      await engine.driver.destroy(ref, engine.soon);
      expect(await engine.driver.observe(ref, engine.soon)).toEqual({ status: 'absent' });
    }
  });
  afterAll(async () => {
    process.stdout.write(`\nA greedy guest within ${isolation} walls tried:\n${table.join('\n')}\n`);
    await engine.close();
  });

  const greedy = async (program: string): Promise<ViewerFixture & { readonly pid: number }> => {
    const viewer = await engine.viewer(['perl', program], { isolation, limits: LIMITS });
    // It has no display that could be waited for.
    const { endpoint, ...spec } = viewer.spec;
    expect(endpoint).toBeDefined();
    begun.push(viewer);
    await engine.start({ ...viewer, spec });
    return { ...viewer, spec, pid: await engine.driver.firstProcess(viewer.ref, engine.soon) };
  };
  const until = async <T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> => {
    for (const giveUp = Date.now() + 60_000; Date.now() < giveUp;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`there was never ${what}`);
  };
  /** One that runs still answers, and one that is made now shows its display. */
  const others = async () => {
    await probeRfb(neighbour.spec.endpoint!, engine.soon.signal);
    const late = await engine.viewer(DISPLAY, { isolation });
    begun.push(late);
    await engine.start(late);
    await probeRfb(late.spec.endpoint!, engine.soon.signal);
    expect(await engine.driver.observe(neighbour.ref, engine.soon)).toEqual({ status: 'running' });
  };
  const status = async ({ ref }: ViewerFixture) => (await engine.driver.observe(ref, engine.soon)).status;

  it('that burns every processor gets its part of them, and its neighbours start and answer', async () => {
    const guest = await greedy(BURN);
    const all = await until('forty burners', () => {
      const group = readGuestGroup(guest.pid);
      return group.pids.now > 40 ? group : undefined;
    });
    expect(all.cpus).toBe(LIMITS.cpus);
    await others();
    const later = await until('twenty periods', () => {
      const group = readGuestGroup(guest.pid);
      return group.periods > all.periods + 20 && group.used > all.used ? group : undefined;
    });
    // By what the kernel counts, since on a busy machine it gets even less. Some periods more, for the looks' own edges.
    const measuredOut = (later.periods - all.periods + 4) * all.periodNs * all.cpus;
    expect(later.used - all.used).toBeLessThanOrEqual(measuredOut);
    expect(await status(guest)).toBe('running');
    note('burn every processor', `held: ${all.cpus} of them; neighbours start and answer`);
  });

  it('that forks without end gets its number of processes, and its neighbours start and answer', async () => {
    const guest = await greedy(FORK);
    const most = LIMITS.pids + PIDS_OF_THE_WALLS[isolation];
    const outcome = await until('a fork that was refused, or an end', async () => {
      if ((await status(guest)) === 'exited') return 'ended, by the kernel in between';
      const { pids } = readGuestGroup(guest.pid);
      expect(pids.most).toBe(most);
      expect(pids.now).toBeLessThanOrEqual(most);
      return pids.refused > 0 ? `held: ${pids.most} processes` : undefined;
    });
    await others();
    if (isolation === 'standard') expect(await status(guest)).toBe('running');
    note('fork without end', `${outcome}; neighbours start and answer`);
  });

  it('that takes all memory ends as out of memory', async () => {
    const guest = await greedy(EAT);
    const seen = await engine.driver.waitForEnd(guest.ref, engine.soon);
    expect(seen).toEqual({ status: 'exited', exitCode: 137, detail: OUT_OF_MEMORY });
    await others();
    note('take all memory', 'ended: out of memory; neighbours start and answer');
  });

  it('that takes all memory again and again has no more than its own, and its neighbours start and answer', async () => {
    const guest = await greedy(EAT_AGAIN);
    const outcome = await until('a peak at the limit, or an end', async () => {
      const seen = await engine.driver.observe(guest.ref, engine.soon);
      if (seen.status === 'exited') return `ended: ${seen.detail}`;
      const [memory] = (await engine.driver.memory([guest.ref], engine.soon)).guests;
      expect(memory?.peak ?? 0).toBeLessThanOrEqual((LIMITS.memoryMiB + ENDING_MIB) * MIB);
      return (memory?.peak ?? 0) > (LIMITS.memoryMiB - 2) * MIB ? `held: ${LIMITS.memoryMiB} MiB` : undefined;
    });
    await others();
    if (isolation === 'strong') expect(outcome).toMatch(/^held|^ended: out of memory$/);
    else expect([outcome, await status(guest)]).toEqual([`held: ${LIMITS.memoryMiB} MiB`, 'running']);
    note('take all memory again and again', `${outcome}; neighbours start and answer`);
  });

  it('that fills every place it can write to gets what was measured out to it', async () => {
    const guest = await greedy(FILL);
    const said = await until('a word of what it got', async () => {
      const text = await engine.inside(guest.ref, 'cat', '/run/display/said').catch(() => '');
      return text === '' ? undefined : text;
    });
    const got = said.split(' ').map(Number);
    expect(got).toHaveLength(2);
    for (const mib of got) expect(mib).toBeLessThanOrEqual(LIMITS.scratchMiB);
    await others();
    note('fill /tmp and /dev/shm', `held: ${got.join(' and ')} MiB`);
  });

  it('that prints without end leaves nothing with the engine', async () => {
    const guest = await greedy(PRINT);
    const path = await engine.describe(guest.ref, '{{.HostConfig.LogConfig.Type}}|{{.LogPath}}');
    expect(path).toBe('none|');
    await others();
    expect(await status(guest)).toBe('running');
    note('print without end', 'held: nothing is kept; neighbours start and answer');
  });
});
