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

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly mounts: HostMounts,
  ) {
    this.root = join(settings.runDir, 'sessions');
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
