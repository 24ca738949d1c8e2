import { mkdir } from 'node:fs/promises';
import { HostMounts } from '../src/host/host-mounts.js';
import { mountOf, type MountPoint } from '../src/host/mount-table.js';

/** Mounts nothing, makes the folders, and remembers; so it works without root. Views and exposures stay empty. */
export class FakeMounts extends HostMounts {
  private mounts: MountPoint[] = [];

  override list(): Promise<readonly MountPoint[]> {
    return Promise.resolve([...this.mounts]);
  }

  override tmpfs(path: string): Promise<void> {
    return this.add(path, 'tmpfs', ['rw', 'nosuid', 'nodev', 'noexec']);
  }

  override sealed(path: string): Promise<void> {
    return this.add(path, 'fuse.gocryptfs', ['rw', 'nosuid', 'nodev', 'noexec']);
  }

  override async share(path: string): Promise<void> {
    if (mountOf(this.mounts, path)?.propagation !== 'shared') await this.add(path, 'none', ['rw'], 'shared');
  }

  override expose(_from: string, at: string, access: 'read' | 'read-write'): Promise<void> {
    return this.add(at, 'tmpfs', ['nosuid', 'nodev', 'noexec', access === 'read' ? 'ro' : 'rw']);
  }

  override view(from: string, at: string, access: 'read' | 'read-write'): Promise<void> {
    return this.expose(from, at, access);
  }

  override release(path: string): Promise<void> {
    this.mounts = this.mounts.filter((mount) => mount.path !== path && !mount.path.startsWith(`${path}/`));
    return Promise.resolve();
  }

  private async add(
    path: string,
    type: string,
    options: readonly string[],
    propagation: MountPoint['propagation'] = 'private',
  ): Promise<void> {
    await mkdir(path, { recursive: true });
    this.mounts.push({ path, type, options: new Set(options), propagation });
  }
}
