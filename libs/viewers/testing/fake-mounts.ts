import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HostMounts, type MountPoint } from '@vitrine/hypervisor';

/** Plain folders instead of memory: needs no rights, and tells what would be mounted. */
export class FakeMounts extends HostMounts {
  readonly mounted = new Set<string>();

  override list(): Promise<readonly MountPoint[]> {
    return Promise.resolve(
      [...this.mounted].map((path) => ({
        path,
        type: 'tmpfs',
        options: new Set<string>(),
        propagation: 'private' as const,
      })),
    );
  }

  override async tmpfs(path: string): Promise<void> {
    await mkdir(path, { recursive: true });
    this.mounted.add(path);
  }

  override share(): Promise<void> {
    return Promise.resolve();
  }

  override expose(): Promise<void> {
    return Promise.reject(new Error('Nothing is exposed in this test.'));
  }

  override view(): Promise<void> {
    return Promise.reject(new Error('Nothing is shown twice in this test.'));
  }

  override async release(path: string): Promise<void> {
    for (const point of [...this.mounted].filter((one) => one === path || one.startsWith(`${path}/`))) {
      this.mounted.delete(point);
      for (const name of await readdir(point).catch(() => []))
        await rm(join(point, name), { recursive: true });
    }
  }
}
