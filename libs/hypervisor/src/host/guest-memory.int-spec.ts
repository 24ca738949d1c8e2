import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { engineIsolations } from '../../testing/engine-isolations.js';
import { EngineFixture } from '../../testing/engine-fixture.js';
import type { GuestMemory } from '../hypervisor-driver.js';

const MIB = 1024 * 1024;
/** Takes 48 MiB, writes 8 MiB to its scratch, says so by the file's name, and gives the 48 back when it is asked to. */
const GUEST = `
  my $given = 0;
  $SIG{USR1} = sub { $given = 1 };
  my $held = 'x';
  $held x= 48 * 1024**2;
  open my $file, '>', '/tmp/file' or die;
  syswrite $file, 'x' x 1024**2 for 1 .. 8;
  rename '/tmp/file', '/tmp/full' or die;
  sleep 1 until $given;
  undef $held;
  sleep 1000;
`;

describe.each(engineIsolations())('the memory of a guest within %s walls', (isolation) => {
  let fixture: EngineFixture;

  beforeAll(async () => {
    fixture = await EngineFixture.open();
  });
  afterAll(() => fixture.close());

  it('is what it really takes, and its peak stays when it gives memory back', async () => {
    const viewer = await fixture.viewer(['perl', GUEST], { isolation });
    // It has no display that could be waited for.
    const { endpoint, ...spec } = viewer.spec;
    expect(endpoint).toBeDefined();
    await fixture.start({ ...viewer, spec });
    const until = async (fits: (memory: GuestMemory) => boolean): Promise<GuestMemory> => {
      for (const giveUp = Date.now() + 20_000; ;) {
        const [memory] = (await fixture.driver.memory([viewer.ref], fixture.soon)).guests;
        if (memory && fits(memory)) return memory;
        if (Date.now() > giveUp) throw new Error(`it was ${JSON.stringify(memory)} in the end`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    // Of a moment before it has all, one could not tell how much it gives back.
    await fixture.inside(viewer.ref, 'perl', '-e', "select undef, undef, undef, 0.1 until -e '/tmp/full'");
    const full = await until(({ used }) => used > 56 * MIB);
    expect(full.peak).toBeLessThan(128 * MIB);
    if (isolation !== 'standard') return;
    await fixture.inside(viewer.ref, 'perl', '-e', 'kill USR1 => 1');
    const slim = await until(({ used }) => used < full.used - 40 * MIB);
    expect(slim.peak).toBeGreaterThan(56 * MIB);
  });
});
