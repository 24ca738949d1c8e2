import { statfs } from 'node:fs/promises';
import { FileStore } from '@tus/file-store';

/** Below this a failed write counts as a full disk; the database has to write to the same disk. */
const NO_ROOM_BYTES = 1 << 20;

type Write = FileStore['write'];

/** The tus server's files. It says only “cannot write”, so a full disk is recognised here; then nothing stays of the file. */
export class UploadFiles extends FileStore {
  constructor(
    private readonly folder: string,
    private readonly full: () => Error,
  ) {
    super({ directory: folder });
  }

  /** Bytes that may still be written. */
  async room(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  override async write(...[readable, id, offset]: Parameters<Write>): ReturnType<Write> {
    try {
      return await super.write(readable, id, offset);
    } catch (error) {
      if ((await this.room()) > NO_ROOM_BYTES) throw error;
      await this.remove(id);
      throw this.full();
    }
  }
}
