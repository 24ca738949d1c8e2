import { createServer, type Server } from 'node:net';
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EngineFixture, type ViewerFixture } from '../../testing/engine-fixture.js';
import { engineIsolations, type ContainerIsolation } from '../../testing/engine-isolations.js';
import type { GuestSpec } from '../hypervisor-driver.js';
import { collectResults } from '../jobs/collect.js';
import { openGuestSocket } from '../sockets/guest-socket.js';
import { readGuestWord } from '../sockets/guest-word.js';
import { probeRfb } from '../sockets/rfb.js';
import { GUEST_UID } from './guest-options.js';

interface Attempt {
  readonly outcome: string;
  readonly what: string;
  readonly detail: string;
}

let engine: EngineFixture;

beforeAll(async () => {
  engine = await EngineFixture.open();
});
afterAll(() => engine.close());

/** Runs the hostile guest to its end; what it says it tried. */
async function attack(network: GuestSpec['network'], isolation: ContainerIsolation): Promise<Attempt[]> {
  const viewer = await engine.viewer(['hostile', '/run/display/report'], { network, isolation });
  await writeFile(join(viewer.record, 'open.json'), '{}');
  await writeFile(join(viewer.record, 'program'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  await chmod(join(viewer.record, 'program'), 0o755);
  const { endpoint, ...spec } = viewer.spec;
  expect(endpoint).toBeDefined();
  await engine.start({ ...viewer, spec });
  await engine.driver.waitForEnd(viewer.ref, engine.soon);
  const { files } = await collectResults(viewer.display, [{ name: 'report', maximumBytes: 100_000 }]);
  await engine.driver.destroy(viewer.ref, engine.soon);
  const attempts = String(files[0]?.untrustedContent)
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([outcome = '', what = '', detail = '']) => ({ outcome, what, detail }));
  if (isolation === 'strong') expect(attempts.at(-1)?.what).toBe('5000 open files');
  else expect(attempts.pop()?.outcome).toBe('done');
  return attempts;
}

/** Somebody's guest leaves something in every place that it can write to, and is over. */
async function leaveCanaries(isolation: ContainerIsolation): Promise<void> {
  const leave = 'for p in /tmp /dev/shm /run/display; do echo mine > $p/canary || exit 1; done';
  const viewer = await engine.viewer(['shell', leave], { isolation });
  const { endpoint, ...spec } = viewer.spec;
  expect(endpoint).toBeDefined();
  await engine.start({ ...viewer, spec });
  expect(await engine.driver.waitForEnd(viewer.ref, engine.soon)).toMatchObject({ exitCode: 0 });
  await engine.driver.destroy(viewer.ref, engine.soon);
}

/**
 * What a guest reaches of the kernel that is its own. Within strong walls the flags of a folder are those that its
 * kernel gives it: what it must not write to, it cannot, but it may run a program from there, as whatever it is already.
 */
const ITS_OWN: Readonly<Record<ContainerIsolation, readonly string[]>> = {
  standard: [],
  strong: [
    'a device node (mknod)',
    'run a program from /run/display',
    'run a program that came in the record',
    'a flag that /record lacks',
    'a flag that /run/display lacks',
    'a flag that /tmp lacks',
    'a flag that /dev/shm lacks',
    'outlive others when memory runs out',
    'new privileges',
  ],
};

const print = (title: string, attempts: readonly Attempt[]): void => {
  const lines = attempts.map(({ outcome, what, detail }) => `${outcome}  ${what.padEnd(58)} ${detail}`);
  process.stdout.write(`\n${title}\n${lines.join('\n')}\n`);
};

const reached = (attempts: readonly Attempt[], isolation: ContainerIsolation): string[] =>
  attempts
    .filter(({ outcome, what }) => outcome !== 'refused' && !ITS_OWN[isolation].includes(what))
    .map(({ what }) => what);

describe.each(engineIsolations())('a hostile guest within %s walls', (isolation) => {
  it('reaches nothing, whatever it tries', async () => {
    const other = await engine.viewer(['display', '/run/display/vnc.sock'], { isolation });
    await writeFile(join(other.record, 'canary'), 'the record of somebody else');
    await engine.start(other);
    await leaveCanaries(isolation);
    const attempts = await attack('none', isolation);
    print(`A guest without network within ${isolation} walls tried:`, attempts);
    expect(attempts.length).toBeGreaterThan(120);
    expect(reached(attempts, isolation)).toEqual([]);
    const typing = attempts.filter(({ what }) => what.startsWith('TIOCSTI'));
    expect(typing.map(({ detail }) => detail)).toEqual([
      'Operation not permitted',
      'Operation not permitted',
    ]);
  });

  it('gets INET sockets in the loopback variant, and nothing else', async () => {
    const attempts = await attack('loopback', isolation);
    expect(reached(attempts, isolation)).toEqual(['socket AF_INET', 'socket AF_INET6']);
  });

  it('reaches its own loopback in that variant, and no address beyond it', async () => {
    const program = `
      use IO::Socket::INET; use IO::Socket::UNIX;
      my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1) or die "lo: $!";
      my $self = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $server->sockport) ? "yes" : "no: $!";
      my $out = IO::Socket::INET->new(PeerAddr => "10.255.255.53", PeerPort => 53, Timeout => 2) ? "yes" : "no: $!";
      open my $report, ">", "/run/display/report"; print $report "$self|$out"; close $report;`;
    const viewer = await engine.viewer(['perl', program], { network: 'loopback', isolation });
    const { endpoint, ...spec } = viewer.spec;
    expect(endpoint).toBeDefined();
    await engine.start({ ...viewer, spec });
    await engine.driver.waitForEnd(viewer.ref, engine.soon);
    const { files } = await collectResults(viewer.display, [{ name: 'report', maximumBytes: 1000 }]);
    expect(String(files[0]?.untrustedContent)).toMatch(/^yes\|no: (Network is unreachable|No route to host)/);
  });

  it('cannot hand us another socket than its own', async () => {
    const victim = await engine.viewer(['display', '/run/display/vnc.sock'], { isolation });
    await engine.start(victim);
    const trap = await engine.viewer(['sleep'], { isolation });
    const tricks: Record<string, (path: string) => Promise<unknown>> = {
      'a link to the display of somebody else': (path) => symlink(join(victim.display, 'vnc.sock'), path),
      'a link to the engine': (path) => symlink('/var/run/docker.sock', path),
      'a dangling link': (path) => symlink('/nowhere', path),
      'a pipe': (path) => Promise.resolve(execFileSync('mkfifo', [path])),
      'a folder': (path) => mkdir(path),
      'a plain file': (path) => writeFile(path, 'RFB 003.008\n'),
      'a socket of another user': (path) => listenAt(path, 4711),
    };
    const refused: string[] = [];
    for (const [name, trick] of Object.entries(tricks)) {
      const hostPath = join(trap.display, `${refused.length}`);
      await trick(hostPath);
      const endpoint = { hostPath, ownerUid: GUEST_UID };
      expect(() => openGuestSocket(endpoint)).toThrow(
        expect.objectContaining({ code: 'hypervisor.unsafe-endpoint' }),
      );
      await expect(probeRfb(endpoint, AbortSignal.timeout(1000))).rejects.toMatchObject({
        code: 'hypervisor.unsafe-endpoint',
      });
      if (name !== 'a plain file') {
        await expect(readGuestWord(hostPath, ['showing'])).rejects.toMatchObject({
          code: 'hypervisor.unsafe-endpoint',
        });
      }
      refused.push(name);
    }
    for (const server of servers) server.close();
    process.stdout.write(
      `\nAs its display socket a guest offered, and was refused:\n${refused.join('\n')}\n`,
    );
  });

  it('that puts a link in the place of its display is told so at once', async () => {
    const program = `symlink "/var/run/docker.sock", "/run/display/vnc.sock"; sleep 1000`;
    const viewer: ViewerFixture = await engine.viewer(['perl', program], { isolation });
    await engine.driver.create(viewer.ref, viewer.spec, engine.soon);
    await expect(engine.driver.start(viewer.ref, viewer.spec, engine.soon)).rejects.toMatchObject({
      code: 'hypervisor.unsafe-endpoint',
    });
  });
});

const servers: Server[] = [];

async function listenAt(path: string, uid: number): Promise<void> {
  const server = createServer((socket) => socket.end('RFB 003.008\n'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  await chown(path, uid, uid);
}
