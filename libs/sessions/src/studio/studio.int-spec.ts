import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DockerDriver, DockerWorkshop, SystemMounts } from '@vitrine/hypervisor';
import { newId, productVersion } from '@vitrine/kernel';
import { SessionHost, shippedImages } from '@vitrine/session-host';
import { ImageInventory, ViewerAdmission, ViewerCatalogue, ViewerRegistrar } from '@vitrine/viewers';
import { openSessions, testInstallation, type SessionHarness } from '../../testing/index.js';

const admin = { kind: 'account', id: newId(), name: 'Admin' } as const;
const builder = { agent: admin, seesAll: true };
const base = `vitrine/mupdf:${productVersion()}`;
const run = newId().slice(0, 8);
const LONG_MS = 240_000;

/** What `docker` says, or why it does not. */
const docker = (...words: string[]): string => {
  const { status, stdout, stderr } = spawnSync('docker', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`docker ${words.join(' ')}: ${stderr}`);
  return stdout.trim();
};
const inspected = (subject: string, format: string): unknown =>
  JSON.parse(docker('inspect', '--format', `{{json ${format}}}`, subject));

/** A package of one file, made and installed in the guest itself: nothing is asked of any network. */
const INSTALL = `set -e
mkdir -p /tmp/d/DEBIAN /tmp/d/usr/share/vitrine-try
printf 'Package: vitrine-try\\nVersion: 1.5-2\\nArchitecture: all\\nMaintainer: Nobody <nobody@example.org>\\nDescription: made by a test\\n' > /tmp/d/DEBIAN/control
printf '#!/bin/sh\\nchown 1000:1000 /usr/share/vitrine-try/hello\\n' > /tmp/d/DEBIAN/postinst
chmod 755 /tmp/d/DEBIAN/postinst
echo hello > /tmp/d/usr/share/vitrine-try/hello
dpkg-deb -b /tmp/d /tmp/try.deb >&2
apt-get install -y --no-install-recommends /tmp/try.deb >&2
echo secret > /tmp/left; echo secret > /var/log/left; echo secret > /var/tmp/left`;

describe('the studio on the real engine', () => {
  const installation = testInstallation({ warm: 0, bridges: 0 });
  const { settings } = installation;
  const mounts = new SystemMounts();
  const { installationId, runDir, engineSocket } = settings;
  const driver = new DockerDriver({ installationId, runDir, engineSocket, mounts });
  const workshop = new DockerWorkshop({ installationId, runDir, engineSocket, mounts });
  const open = () =>
    openSessions({ driver, workshop, mounts, settings, guacdReference: shippedImages().guacd });
  const references: string[] = [];
  let harness: SessionHarness;

  beforeAll(async () => {
    harness = await open();
    await harness.module.get(ViewerRegistrar).registerShipped(base);
  });
  afterAll(async () => {
    await harness.module.get(ViewerAdmission).stop();
    await harness.sessions.endAll();
    await harness.close();
    workshop.dispose();
    driver.close();
    for (const reference of references) docker('rmi', '-f', reference);
    await installation.remove();
  });

  const guestOf = (id: string) => `vitrine-${installationId.slice(0, 8)}-build-${id}`;
  const inGuest = (id: string, script: string) => docker('exec', guestOf(id), 'sh', '-c', script);
  const opened = async () => {
    const { id } = await harness.studio.open('mupdf', builder);
    return harness.until(id, ({ state }) => state === 'ready', 60_000);
  };
  const examined = (id: string) =>
    harness.module.get(SessionHost).examine(id, 'viewer', { signal: AbortSignal.timeout(20_000) });
  const left = () => [
    docker('ps', '-aq', '--filter', `label=org.vitrine.installation=${installationId}`),
    docker('network', 'ls', '-q', '--filter', `label=org.vitrine.installation=${installationId}`),
    ...(existsSync(join(runDir, 'sessions')) ? readdirSync(join(runDir, 'sessions')) : []),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${runDir}/sessions/`)),
  ];

  it(
    'makes of a copy of an image, in which a package was installed, a viewer that passes the test of every viewer',
    async () => {
      const session = await opened();
      expect(session.walls?.viewer).toMatchObject({ breaches: [], interfaces: ['lo', 'eth0'] });
      expect(session.walls?.guacd.interfaces).toEqual(['lo']);
      expect(inGuest(session.id, 'find /record -type f | sort | head -3; id -u')).toBe(
        '/record/item-1/000001.dcm\n/record/item-1/000002.dcm\n/record/item-1/000003.dcm\n0',
      );
      expect(() => inGuest(session.id, 'touch /record/x')).toThrow(/Read-only/);
      inGuest(session.id, INSTALL);

      const made = await harness.studio.submit(session.id, wish('Reader', '1.0'), builder);
      references.push(made.imageReference);
      expect(made).toMatchObject({ id: `reader-${run}-1-0`, state: 'testing', registration: null });
      await harness.module.get(ViewerAdmission).settled();
      const viewer = await harness.module.get(ViewerCatalogue).get(made.id);
      expect(viewer.admission?.checks.filter(({ passed }) => !passed)).toEqual([]);
      expect(viewer).toMatchObject({
        state: 'awaiting',
        title: `Reader ${run} 1.0`,
        formats: ['pdf'],
        maximumMinutes: 45,
        resources: { memoryMiB: 700 },
        origin: { version: '1.0', approvedAt: null, base: { imageDigest: session.imageDigest } },
      });
      expect(viewer.icon).not.toBeNull();

      const { sbom, count } = await harness.module.get(ImageInventory).of(viewer.imageDigest);
      const bill = JSON.parse(sbom) as { components: { purl: string }[] };
      expect(bill.components.map(({ purl }) => purl)).toContain('pkg:deb/debian/vitrine-try@1.5-2?arch=all');
      process.stdout.write(`${count} packages in ${viewer.imageReference}\n`);

      expect((await harness.module.get(ViewerRegistrar).approve(viewer.id, admin)).state).toBe('offered');
      expect((await harness.store.get(session.id)).state).toBe('ended');
      expect(left()).toEqual(['', '']);
    },
    LONG_MS,
  );

  it('starts the made image as the one that it was made of, with what was installed and nothing that was left lying about', () => {
    const [reference = ''] = references;
    for (const field of [
      '.Config.User',
      '.Config.Entrypoint',
      '.Config.Cmd',
      '.Config.Env',
      '.Config.WorkingDir',
    ])
      expect([field, inspected(reference, field)]).toEqual([field, inspected(base, field)]);
    const labels = inspected(reference, '.Config.Labels');
    expect(labels).toMatchObject({
      'org.vitrine.contract': '1',
      'org.vitrine.installation': '',
      'org.vitrine.owner': '',
      'org.vitrine.source': '',
    });
    const seen = docker(
      ...['run', '--rm', '--network', 'none', '--entrypoint', 'sh', reference, '-c'],
      'id -u; cat /usr/share/vitrine-try/hello; stat -c %u /usr/share/vitrine-try/hello; ' +
        'find /record /mnt /tmp /var/tmp /var/log /var/cache/apt /var/lib/apt/lists /root /run/display -mindepth 1 ' +
        '-newer /usr/share/vitrine-try/hello 2>/dev/null; true',
    );
    expect(seen).toBe('1000\nhello\n1000');
  });

  it(
    'takes no name and version twice, and goes on with the build when it is refused',
    async () => {
      const session = await opened();
      await expect(harness.studio.submit(session.id, wish('Reader', '1.0'), builder)).rejects.toMatchObject({
        code: 'viewers.id-taken',
      });
      expect(await harness.store.get(session.id)).toMatchObject({ state: 'ready' });
      await harness.studio.discard(session.id, builder);
      expect(left()).toEqual(['', '']);
    },
    LONG_MS,
  );

  it(
    'finds a build again after the process that opened it is gone, and ends it when its time is up',
    async () => {
      const session = await opened();
      inGuest(session.id, 'echo kept > /srv/kept');
      await harness.close();
      harness = await open();
      await harness.reconciler.sweep();
      expect(await harness.store.get(session.id)).toMatchObject({ state: 'ready' });
      expect(inGuest(session.id, 'cat /srv/kept')).toBe('kept');
      await harness.database.query(`UPDATE "session" SET "expiresAt" = '2020-01-01T00:00:00.000Z'`);
      await harness.reconciler.sweep();
      expect(await harness.store.get(session.id)).toMatchObject({ state: 'ended', endReason: 'time-up' });
      expect(left()).toEqual(['', '']);
    },
    LONG_MS,
  );

  it(
    'lets a build ask the names of computers outside and nothing that is near, and finds out one that can',
    async () => {
      const server = createServer((socket) => socket.on('error', () => undefined).end('near'));
      await new Promise<void>((resolve) => server.listen(0, resolve));
      const { port } = server.address() as AddressInfo;
      const session = await opened();
      const guest = guestOf(session.id);
      const gateway = docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', guest);
      const pid = docker('inspect', '--format', '{{.State.Pid}}', guest);
      const inItsNetwork = (...words: string[]) =>
        spawnSync('nsenter', [`--net=/proc/${pid}/ns/net`, ...words], { encoding: 'utf8' });
      // Asked from a process of its own, since this one serves.
      const reaches = async (address: string) =>
        (
          await promisify(execFile)('docker', [
            ...['exec', guest, 'python3', '-c'],
            `import socket\ntry: socket.create_connection(('${address}', ${port}), 3); print('yes')\nexcept OSError as e: print('no')`,
          ])
        ).stdout.trim();
      try {
        expect(await reaches(gateway)).toBe('no');
        expect((await examined(session.id)).breaches).toEqual([]);
        // The same is reached without the rules, so they are what keeps it away.
        expect(inItsNetwork('iptables', '-F', 'OUTPUT').status).toBe(0);
        expect(await reaches(gateway)).toBe('yes');
        await expect(examined(session.id)).rejects.toMatchObject({ code: 'hypervisor.unsafe-guest' });
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
      await harness.studio.discard(session.id, builder);
      expect(left()).toEqual(['', '']);
    },
    LONG_MS,
  );

  it(
    'ends a build that takes more of the disk than one may',
    async () => {
      const session = await opened();
      inGuest(session.id, 'head -c 1000000 /dev/zero > /srv/small');
      await harness.reconciler.sweep();
      expect(await harness.store.get(session.id)).toMatchObject({ state: 'ready' });
      // Holes, so that the machine of the test has to hold nothing of it.
      inGuest(session.id, 'truncate -s 9G /srv/large');
      await harness.reconciler.sweep();
      expect(await harness.store.get(session.id)).toMatchObject({ state: 'ended', endReason: 'too-large' });
      expect(left()).toEqual(['', '']);
    },
    LONG_MS,
  );

  it(
    'removes a build that has no row',
    async () => {
      const session = await opened();
      await harness.database.query('DELETE FROM "session"');
      await harness.reconciler.sweep();
      expect(left()).toEqual(['', '']);
      expect(await harness.store.find(session.id)).toBeNull();
    },
    LONG_MS,
  );

  const wish = (name: string, version: string) => ({
    name: `${name} ${run}`,
    version,
    sentence: 'Shows reports.',
    licence: 'AGPL-3.0-or-later',
    formats: ['pdf'],
    maximumMinutes: 45,
    memoryMiB: 700,
  });
});
