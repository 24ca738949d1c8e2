import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { EngineFixture } from '../../testing/engine-fixture.js';
import type { GuestRef } from '../hypervisor-driver.js';

const DISPLAY = ['display', '/run/display/vnc.sock'];
let engine: EngineFixture;

/** The flags of the mounts at a place inside a guest, the top one last. */
const flagsAt = async (ref: GuestRef, place: string): Promise<string[][]> =>
  (await engine.inside(ref, 'cat', '/proc/mounts'))
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields[1] === place)
    .map((fields) => (fields[3] ?? '').split(','));

// Where systemd runs every mount is shared; in a container or a plain chroot none is.
describe.each(['private', 'shared'])(
  'the folders of a guest, on a machine whose mounts are %s',
  (machine) => {
    beforeAll(async () => {
      engine = await EngineFixture.open();
      if (machine === 'shared') await engine.mounts.share(engine.runDir);
    });
    afterAll(() => engine.close());

    it('are read-only, nosuid, nodev, noexec inside although the host writes to them', async () => {
      const viewer = await engine.viewer(DISPLAY);
      await engine.start(viewer);
      expect(await flagsAt(viewer.ref, '/record')).toEqual([
        expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec']),
      ]);
      expect(await flagsAt(viewer.ref, '/run/display')).toEqual([
        expect.arrayContaining(['rw', 'nosuid', 'nodev', 'noexec']),
      ]);
      await writeFile(join(viewer.record, 'open.json'), '{"late":true}');
      expect(await engine.inside(viewer.ref, 'cat', '/record/open.json')).toBe('{"late":true}');
      await expect(engine.inside(viewer.ref, 'touch', '/record/x')).rejects.toThrow('Read-only file system');
    });

    it('get their flags also where the host has a plain folder on a disk', async () => {
      const viewer = await engine.viewer(DISPLAY);
      const plain = join(engine.runDir, newId());
      await mkdir(plain);
      await writeFile(join(plain, 'a'), 'x');
      const mounts = [...viewer.spec.mounts, { hostPath: plain, guestPath: '/mnt', access: 'read' as const }];
      await engine.start({ ...viewer, spec: { ...viewer.spec, mounts } });
      expect(await engine.inside(viewer.ref, 'cat', '/mnt/a')).toBe('x');
      expect((await flagsAt(viewer.ref, '/mnt'))[0]).toEqual(
        expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec']),
      );
    });

    it('leave no mount and no folder of the driver behind, neither after a start nor without one', async () => {
      const started = await engine.viewer(DISPLAY);
      await engine.start(started);
      const never = await engine.viewer(DISPLAY);
      await engine.driver.create(never.ref, never.spec, engine.soon);
      await engine.driver.destroy(never.ref, engine.soon);
      const guests = join(engine.runDir, 'guests');
      expect(await readdir(guests)).toEqual([]);
      expect((await engine.mounts.list()).filter((mount) => mount.path.startsWith(guests))).toEqual([]);
    });

    it('keep what they show when their guest is destroyed', async () => {
      const viewer = await engine.viewer(DISPLAY);
      await writeFile(join(viewer.record, 'kept'), '1');
      await engine.start(viewer);
      await engine.driver.destroy(viewer.ref, engine.soon);
      expect(await readdir(viewer.record)).toEqual(['kept']);
    });

    it('show a record that was mounted after the guest had started, read-only from its first moment', async () => {
      const shared = join(engine.runDir, 'warm');
      await engine.mounts.share(shared);
      const record = join(shared, newId());
      const files = join(engine.runDir, newId());
      await mkdir(record);
      const viewer = await engine.viewer(DISPLAY);
      const [, display] = viewer.spec.mounts;
      const mounts = [
        { hostPath: record, guestPath: '/record', access: 'read' as const },
        ...(display ? [display] : []),
      ];
      await engine.start({ ...viewer, spec: { ...viewer.spec, mounts } });
      expect(await engine.inside(viewer.ref, 'ls', '/record')).toBe('');

      await engine.mounts.tmpfs(files, { sizeMiB: 4 });
      await writeFile(join(files, 'open.json'), '{}');
      await engine.mounts.expose(files, record, 'read');

      expect(await engine.inside(viewer.ref, 'cat', '/record/open.json')).toBe('{}');
      const flags = await flagsAt(viewer.ref, '/record');
      expect(flags).toHaveLength(2);
      for (const each of flags)
        expect(each).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec']));
      await expect(engine.inside(viewer.ref, 'touch', '/record/x')).rejects.toThrow('Read-only file system');

      await engine.mounts.release(record);
      expect(await engine.inside(viewer.ref, 'ls', '/record')).toBe('');
    });

    it('are bound anew when somebody else mounted the record between the making and the start', async () => {
      const viewer = await engine.viewer(DISPLAY);
      const [, display] = viewer.spec.mounts;
      const record = join(engine.runDir, newId());
      const files = join(engine.runDir, newId());
      await mkdir(record);
      const mounts = [
        { hostPath: record, guestPath: '/record', access: 'read' as const },
        ...(display ? [display] : []),
      ];
      const spec = { ...viewer.spec, mounts };
      await engine.driver.create(viewer.ref, spec, engine.soon);

      // The process that made it died; the one that takes over finds the record mounted and the views gone.
      await engine.mounts.release(join(engine.runDir, 'guests'));
      await rm(join(engine.runDir, 'guests'), { recursive: true });
      await engine.mounts.tmpfs(files, { sizeMiB: 4 });
      await writeFile(join(files, 'open.json'), '{}');
      await engine.mounts.expose(files, record, 'read');

      await engine.start({ ...viewer, spec });
      expect(await engine.inside(viewer.ref, 'cat', '/record/open.json')).toBe('{}');
    });
  },
);
