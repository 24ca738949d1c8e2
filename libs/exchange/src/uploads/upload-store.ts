import { constants } from 'node:fs';
import {
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  statfs,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { cleanText } from '@vitrine/dicom';
import { isId, newId, Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { LONGEST_NAME } from '../examiner/bounds.js';

/** A file that came in whole and waits to be examined. */
export interface ReceivedFile {
  readonly uploadId: string;
  readonly path: string;
  readonly bytes: number;
  /** The path it had where it came from. */
  readonly untrustedName: string;
}

const UPLOAD_ID = /^([0-9a-f]{32})-([0-9a-f]{32})$/;

/** The import that an upload belongs to; undefined for a name that is not ours. */
export const importOfUpload = (uploadId: string): string | undefined => UPLOAD_ID.exec(uploadId)?.[1];

/** Unfinished and unexamined files: `<dataDir>/uploads/<importId>-<id>`, each with its description beside it. */
@Injectable()
export class UploadStore {
  readonly folder: string;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.folder = join(settings.dataDir, 'uploads');
  }

  /** Must be called before anything else. */
  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
  }

  /** Bytes that may still be written. */
  async room(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  newUploadId(importId: string): string {
    if (!isId(importId)) throw new TypeError('not an import');
    return `${importId}-${newId()}`;
  }

  /** Puts a file in by hand, as an upload that came in whole would lie here. */
  async place(importId: string, name: string, bytes: Uint8Array): Promise<void> {
    const uploadId = this.newUploadId(importId);
    const description = JSON.stringify({ id: uploadId, size: bytes.length, metadata: { importId, name } });
    await writeFile(join(this.folder, uploadId), bytes, { mode: 0o600 });
    await writeFile(join(this.folder, `${uploadId}.json`), description, { mode: 0o600 });
  }

  /**
   * Takes a file in while it comes, at most `maximumBytes` of it (`vault.quota-exceeded`). Not flushed: whoever sends it
   * in one request hears of success only after the vault has it. Returns how many bytes came.
   */
  async receive(
    importId: string,
    name: string,
    content: AsyncIterable<Uint8Array>,
    maximumBytes: number,
  ): Promise<number> {
    const uploadId = this.newUploadId(importId);
    let bytes = 0;
    const file = await open(join(this.folder, uploadId), 'wx', 0o600);
    try {
      for await (const chunk of content) {
        bytes += chunk.length;
        if (bytes > maximumBytes) throw new Problem('vault.quota-exceeded');
        await writeAll(file, chunk);
      }
    } finally {
      await file.close();
    }
    const description = JSON.stringify({ id: uploadId, size: bytes, metadata: { importId, name } });
    await writeFile(join(this.folder, `${uploadId}.json`), description, { mode: 0o600 }).catch(outOfRoom);
    return bytes;
  }

  /** The files of an import that came in whole, by name; those that broke off are left out and counted. */
  async received(importId: string): Promise<{ files: ReceivedFile[]; unfinished: number }> {
    const files: ReceivedFile[] = [];
    let unfinished = 0;
    for (const uploadId of await this.uploadsOf(importId)) {
      const path = join(this.folder, uploadId);
      const { size, name } = await this.describe(uploadId);
      const found = await lstat(path);
      if (found.isFile() && found.size === size)
        files.push({ uploadId, path, bytes: size, untrustedName: name });
      else unfinished++;
    }
    files.sort((a, b) => a.untrustedName.localeCompare(b.untrustedName));
    return { files, unfinished };
  }

  /** Makes what was received survive a power cut; called before it is acknowledged. */
  async flush(uploadId: string): Promise<void> {
    for (const name of [uploadId, `${uploadId}.json`]) {
      const file = await open(join(this.folder, name), constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    }
  }

  /** An empty folder for the entries of an archive of this import. */
  async scratch(importId: string): Promise<string> {
    if (!isId(importId)) throw new TypeError('not an import');
    const folder = join(this.folder, `${importId}.${newId()}.parts`);
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  /** Removes everything of an import, finished or not. */
  async remove(importId: string): Promise<void> {
    if (!isId(importId)) throw new TypeError('not an import');
    for (const name of await readdir(this.folder))
      if (name.startsWith(importId)) await rm(join(this.folder, name), { recursive: true, force: true });
  }

  /** Removes what belongs to none of the imports that are still under way. Returns how many entries. */
  async sweep(liveImportIds: ReadonlySet<string>): Promise<number> {
    let swept = 0;
    for (const name of await readdir(this.folder)) {
      const unpacked = name.endsWith('.parts');
      if (liveImportIds.has(name.slice(0, 32)) && !unpacked) continue;
      await rm(join(this.folder, name), { recursive: true, force: true });
      swept++;
    }
    return swept;
  }

  private async uploadsOf(importId: string): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => importOfUpload(name) === importId);
  }

  private async describe(uploadId: string): Promise<{ size: number; name: string }> {
    try {
      const text = await readFile(join(this.folder, `${uploadId}.json`), 'utf8');
      const { size, metadata } = JSON.parse(text) as { size?: unknown; metadata?: Record<string, unknown> };
      const name = metadata?.['name'] ?? metadata?.['filename'];
      return {
        size: typeof size === 'number' ? size : -1,
        name: cleanName(typeof name === 'string' ? name : ''),
      };
    } catch {
      return { size: -1, name: '' };
    }
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;)
    at += (await file.write(chunk, at, chunk.length - at).catch(outOfRoom)).bytesWritten;
}

function outOfRoom(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  throw code === 'ENOSPC' || code === 'EDQUOT' ? new Problem('vault.disk-full', { cause: error }) : error;
}

/** A name as it is shown and compared: `/` between folders, no control characters, bounded. */
export const cleanName = (untrusted: string): string =>
  cleanText(untrusted.replace(/\\/g, '/').replace(/^\/+/, ''), LONGEST_NAME) || 'unnamed';
