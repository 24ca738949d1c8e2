import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GUEST_UID, type GuestSpec } from '@vitrine/hypervisor';
import { EngineFixture, type ViewerFixture } from '@vitrine/hypervisor/testing';
import { guacdGuestSpec } from './image-contract.js';

/** Connects to every socket that it finds or can think of, and tries to take the display's place. */
const scan = (...sessionIds: readonly string[]): string => `
  use Socket;
  open my $report, ">", "/run/guacd/report" or die "report: $!";
  my @found = split /\\n/, qx(find / -path /proc -prune -o -type s -print 2>/dev/null);
  my @guessed = map { ("/run/$_/vnc.sock", "/run/$_/guacd.sock", "/run/display/../$_/display/vnc.sock") } qw(${sessionIds.join(' ')});
  my %seen;
  for my $path (grep { !$seen{$_}++ } @found, @guessed, "/var/run/docker.sock", "/run/docker.sock") {
    socket my $s, AF_UNIX, SOCK_STREAM, 0 or next;
    print $report "connected $path\\n" if connect $s, sockaddr_un($path);
  }
  for my $abstract (slurp("/proc/net/unix") =~ /\\@(\\S+)/g) {
    socket my $s, AF_UNIX, SOCK_STREAM, 0 or next;
    print $report "connected abstract $abstract\\n" if connect $s, pack("Sa*", AF_UNIX, "\\0$abstract");
  }
  print $report "replaced the display\\n" if unlink "/run/display/vnc.sock";
  print $report "linked\\n" if symlink "/etc/passwd", "/run/display/x";
  print $report "a record: $_\\n" for split /\\n/, qx(find / -path /proc -prune -o -name "canary*" -print 2>/dev/null);
  print $report "done\\n";
  sub slurp { open my $f, "<", $_[0] or return ""; local $/; return <$f> // "" }`;

/** Somebody has broken out of the protocol into the bridge of one session, and runs there what they like. */
describe('a display bridge that was taken over', () => {
  let engine: EngineFixture;
  let own: ViewerFixture;
  let other: ViewerFixture;

  beforeAll(async () => {
    engine = await EngineFixture.open();
    [own, other] = [await shown(), await shown()];
  }, 120_000);
  afterAll(() => engine.close());

  const shown = async (): Promise<ViewerFixture> => {
    const viewer = await engine.viewer(['display', '/run/display/vnc.sock']);
    await writeFile(join(viewer.record, 'canary'), 'what a patient has');
    await engine.start(viewer);
    return viewer;
  };

  /** Runs in the place of the session's bridge, with the very folders, walls and limits of one; what it wrote. */
  const inItsPlace = async (
    { display, spec }: ViewerFixture,
    command: readonly string[],
  ): Promise<string[]> => {
    const guacd = join(display, '..', 'guacd');
    await engine.mounts.tmpfs(guacd, { sizeMiB: 1, uid: GUEST_UID, mode: 0o700 });
    const folder = { record: '', results: '', egress: '', display, guacd };
    const { endpoint, ...bridge } = guacdGuestSpec(engine.image, folder, spec.ownerId);
    expect(endpoint?.hostPath).toBe(join(guacd, 'guacd.sock'));
    const taken: GuestSpec = { ...bridge, command };
    const ref = engine.driver.plan(taken);
    await engine.driver.create(ref, taken, engine.soon);
    await engine.driver.start(ref, taken, engine.soon);
    await engine.driver.waitForEnd(ref, engine.soon);
    const report = await readFile(join(guacd, 'report'), 'utf8');
    await engine.driver.destroy(ref, engine.soon);
    await engine.mounts.release(guacd);
    return report.trim().split('\n');
  };

  it('reaches the display of its own session and nobody else’s, no record, and puts nothing in the display’s place', async () => {
    const report = await inItsPlace(own, ['perl', scan(own.spec.ownerId, other.spec.ownerId)]);
    process.stdout.write(`\nIn the place of a display bridge:\n${report.join('\n')}\n`);
    expect(report).toEqual(['connected /run/display/vnc.sock', 'done']);
  }, 60_000);

  it('gets nothing of the kernel that a viewer does not get', async () => {
    const report = await inItsPlace(own, ['hostile', '/run/guacd/report']);
    const attempts = report.map((line) => line.split('\t'));
    process.stdout.write(`\nA hostile program in the place of a display bridge:\n${report.join('\n')}\n`);
    expect(attempts.length).toBeGreaterThan(100);
    expect(attempts.at(-1)?.[0]).toBe('done');
    const reached = attempts.filter(([outcome]) => outcome === 'REACHED').map(([, what]) => what);
    // A bridge has no record at all, so there is nothing that could lack a flag.
    expect(reached).toEqual(['a flag that /record lacks']);
  }, 60_000);
});
