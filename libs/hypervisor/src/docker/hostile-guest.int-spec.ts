import { createServer, type Server } from 'node:net';
import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EngineFixture, type ViewerFixture } from '../../testing/engine-fixture.js';
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
async function attack(network: GuestSpec['network']): Promise<Attempt[]> {
  const viewer = await engine.viewer(['hostile', '/run/display/report'], { network });
  await writeFile(join(viewer.record, 'open.json'), '{}');
  await writeFile(join(viewer.record, 'program'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  await chmod(join(viewer.record, 'program'), 0o755);
  const { endpoint, ...spec } = viewer.spec;
  expect(endpoint).toBeDefined();
  await engine.start({ ...viewer, spec });
  expect(await engine.driver.waitForEnd(viewer.ref, engine.soon)).toMatchObject({ exitCode: 0 });
  const { files } = await collectResults(viewer.display, [{ name: 'report', maximumBytes: 100_000 }]);
  await engine.driver.destroy(viewer.ref, engine.soon);
  const attempts = String(files[0]?.untrustedContent)
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([outcome = '', what = '', detail = '']) => ({ outcome, what, detail }));
  expect(attempts.at(-1)?.outcome).toBe('done');
  return attempts.slice(0, -1);
}

const print = (title: string, attempts: readonly Attempt[]): void => {
  const lines = attempts.map(({ outcome, what, detail }) => `${outcome}  ${what.padEnd(58)} ${detail}`);
  process.stdout.write(`\n${title}\n${lines.join('\n')}\n`);
};

const reached = (attempts: readonly Attempt[]): string[] =>
  attempts.filter(({ outcome }) => outcome !== 'refused').map(({ what }) => what);

describe('a hostile guest', () => {
  it('reaches nothing, whatever it tries', async () => {
    const other = await engine.viewer(['display', '/run/display/vnc.sock']);
    await writeFile(join(other.record, 'canary'), 'the record of somebody else');
    await engine.start(other);
    const attempts = await attack('none');
    print('A guest without network tried:', attempts);
    expect(attempts.length).toBeGreaterThan(120);
    expect(reached(attempts)).toEqual([]);
    const typing = attempts.filter(({ what }) => what.startsWith('TIOCSTI'));
    expect(typing.map(({ detail }) => detail)).toEqual([
      'Operation not permitted',
      'Operation not permitted',
    ]);
  });

  it('gets INET sockets in the loopback variant, and nothing else', async () => {
    const attempts = await attack('loopback');
    expect(reached(attempts)).toEqual(['socket AF_INET', 'socket AF_INET6']);
  });

  it('reaches its own loopback in that variant, and no address beyond it', async () => {
    const program = `
      use IO::Socket::INET; use IO::Socket::UNIX;
      my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1) or die "lo: $!";
      my $self = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $server->sockport) ? "yes" : "no: $!";
      my $out = IO::Socket::INET->new(PeerAddr => "10.255.255.53", PeerPort => 53, Timeout => 2) ? "yes" : "no: $!";
      open my $report, ">", "/run/display/report"; print $report "$self|$out"; close $report;`;
    const viewer = await engine.viewer(['perl', program], { network: 'loopback' });
    const { endpoint, ...spec } = viewer.spec;
    expect(endpoint).toBeDefined();
    await engine.start({ ...viewer, spec });
    await engine.driver.waitForEnd(viewer.ref, engine.soon);
    const { files } = await collectResults(viewer.display, [{ name: 'report', maximumBytes: 1000 }]);
    expect(String(files[0]?.untrustedContent)).toMatch(/^yes\|no: Network is unreachable/);
  });

  it('cannot hand us another socket than its own', async () => {
    const victim = await engine.viewer(['display', '/run/display/vnc.sock']);
    await engine.start(victim);
    const trap = await engine.viewer(['sleep']);
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
    const viewer: ViewerFixture = await engine.viewer(['perl', program]);
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
