import { Refused, type FileSink, type FtpsService, type Login, type Visit } from '../src/ftps-service.js';
import { REPLY } from '../src/replies.js';

export const USER = 'city';
export const PASSWORD = 'right';

/** Keeps files in memory and remembers what was asked of it. */
export class MemoryService implements FtpsService {
  readonly logins: Login[] = [];
  readonly files: { readonly path: string; readonly bytes: Buffer }[] = [];
  discarded = 0;
  visits = 0;
  /** Runs before a file is taken, before each chunk and before the end. */
  onStore: () => Promise<void> = () => Promise.resolve();
  onWrite: () => Promise<void> = () => Promise.resolve();
  onFinish: () => Promise<void> = () => Promise.resolve();

  admit(login: Login): Promise<Visit> {
    this.logins.push(login);
    if (login.user !== USER || login.password !== PASSWORD)
      return Promise.reject(new Refused(REPLY.wrongPassword));
    this.visits++;
    return Promise.resolve({
      store: (path) => this.store(path),
      end: () => {
        this.visits--;
      },
    });
  }

  private async store(path: readonly string[]): Promise<FileSink> {
    await this.onStore();
    const parts: Buffer[] = [];
    return {
      write: async (chunk) => {
        await this.onWrite();
        parts.push(Buffer.from(chunk));
      },
      finish: async () => {
        await this.onFinish();
        this.files.push({ path: path.join('/'), bytes: Buffer.concat(parts) });
      },
      discard: () => {
        this.discarded++;
        return Promise.resolve();
      },
    };
  }
}
