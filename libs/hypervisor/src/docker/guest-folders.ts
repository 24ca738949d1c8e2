import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@vitrine/kernel';
import type { HostMounts } from '../host/host-mounts.js';
import { mountOf, type MountPoint } from '../host/mount-table.js';
import type { GuestMount, GuestRef } from '../hypervisor-driver.js';
import type { BoundFolder } from './guest-options.js';

/**
 * Sees to it that a guest's folders are nosuid, nodev, noexec and, where asked, read-only inside.
 *
 * The engine cannot be trusted with this: Docker has no such options for binds, and its way to “read-only” is a
 * remount that drops the other flags of the source (runc 1.1). A bind that changes nothing keeps them all. So where a
 * folder's own mount does not have the flags, a view of it that has them is mounted in between, and the engine binds
 * the view as it is. The view is only needed until the guest has started.
 */
export class GuestFolders {
  constructor(
    private readonly mounts: HostMounts,
    private readonly root: string,
  ) {}

  /** What the engine will be told, and which views that needs. Looks, changes nothing. */
  async plan(ref: GuestRef, folders: readonly GuestMount[]): Promise<FolderPlan[]> {
    if (folders.length === 0) return [];
    const table = await this.mounts.list();
    return folders.map((folder, index) => {
      const mount = mountOf(table, folder.hostPath);
      const flagged = hasFlags(mount, folder.access);
      return {
        folder,
        view: flagged ? undefined : join(this.of(ref), String(index)),
        bound: {
          hostPath: flagged ? folder.hostPath : join(this.of(ref), String(index)),
          guestPath: folder.guestPath,
          // An engine refuses to make a slave of a private mount; nothing can propagate from there anyway.
          propagation: mount === undefined || mount.propagation === 'private' ? 'rprivate' : 'rslave',
        },
      };
    });
  }

  /** Makes the folders that the views will be mounted at, since an engine refuses a source that does not exist. */
  async prepare(plans: readonly FolderPlan[]): Promise<void> {
    for (const { view } of plans) if (view !== undefined) await mkdir(view, { recursive: true, mode: 0o700 });
  }

  /** Mounts the views, and looks that they are what was promised before a guest may start. */
  async expose(plans: readonly FolderPlan[]): Promise<void> {
    const views = plans.filter((plan) => plan.view !== undefined);
    if (views.length === 0) return;
    const before = await this.mounts.list();
    await Promise.all(
      views
        .filter(({ view }) => !before.some((mount) => mount.path === view))
        .map(({ view = '', folder }) => this.mounts.view(folder.hostPath, view, folder.access)),
    );
    const after = await this.mounts.list();
    for (const { view = '', folder } of views) {
      if (!after.some((mount) => mount.path === view && hasFlags(mount, folder.access))) {
        throw new Problem('hypervisor.start-failed', { logContext: { reason: 'a folder lacks its flags' } });
      }
    }
  }

  /** Removes the views of a guest; what it has already bound stays with it. */
  async release(ref: GuestRef): Promise<void> {
    const folder = this.of(ref);
    await this.mounts.release(folder);
    // Never recursive: should a view still be mounted, that would delete what it shows.
    for (const entry of await readdir(folder).catch(absent)) await rmdir(join(folder, entry)).catch(absent);
    await rmdir(folder).catch(absent);
  }

  private of(ref: GuestRef): string {
    return join(this.root, ref.name);
  }
}

export interface FolderPlan {
  readonly folder: GuestMount;
  readonly view: string | undefined;
  readonly bound: BoundFolder;
}

const hasFlags = (mount: MountPoint | undefined, access: GuestMount['access']): boolean =>
  mount !== undefined &&
  ['nosuid', 'nodev', 'noexec', ...(access === 'read' ? ['ro'] : [])].every((flag) =>
    mount.options.has(flag),
  );

const absent = (error: NodeJS.ErrnoException): [] => {
  if (error.code === 'ENOENT') return [];
  throw error;
};
