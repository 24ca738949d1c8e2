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
  private shared: Promise<void> | undefined;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly mounts: HostMounts,
  ) {
    this.root = join(settings.runDir, 'sessions');
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
    return new ViewerFolder(join(this.root, sessionId), this.mounts);
  }

  /** The ids of the sessions that have a folder. */
  async existing(): Promise<string[]> {
    const names = await readdir(this.root).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    });
    return names.filter((name) => isId(name));
  }
}
