import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { HostMounts } from '@vitrine/hypervisor';
import { isId, SETTINGS, type Settings } from '@vitrine/kernel';
import { ViewerFolder } from '@vitrine/viewers';

/** Where on this machine the sessions' memory folders are. */
@Injectable()
export class SessionFolders {
  readonly root: string;
  /** On the disk, below the data root: what is too large for memory, sealed. */
  private readonly scratch: string;
  private shared: Promise<void> | undefined;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly mounts: HostMounts,
  ) {
    this.root = join(settings.runDir, 'sessions');
    this.scratch = join(settings.dataDir, 'scratch');
  }

  /** Lets guests that run see what is mounted in their folders later. To be called before they are made. */
  share(): Promise<void> {
    return (this.shared ??= this.mounts.share(this.root).catch((error: unknown) => {
      this.shared = undefined;
      throw error;
    }));
  }

  /** For the end of the installation, when no session is left. */
  async unshare(): Promise<void> {
    await this.mounts.release(this.root);
    this.shared = undefined;
  }

  /** The folder of one session, whether it exists or not. */
  of(sessionId: string): ViewerFolder {
    if (!isId(sessionId)) throw new Error('Not a session id.');
    return new ViewerFolder(join(this.root, sessionId), this.mounts, join(this.scratch, sessionId));
  }

  /** The ids of the sessions that have a folder in memory or on the disk: after a reboot only the latter is left. */
  async existing(): Promise<string[]> {
    const names = await Promise.all([this.root, this.scratch].map(namesIn));
    return [...new Set(names.flat())].filter((name) => isId(name));
  }
}

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
