import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { cleanText } from '@vitrine/dicom';
import { isId, newId, SETTINGS, type Settings } from '@vitrine/kernel';
import { LONGEST_NAME } from '../examiner/bounds.js';
import { PackWriter, readPack } from './pack.js';

/** A file that came in whole and waits to be examined. */
export interface ReceivedFile {
  readonly uploadId: string;
  readonly path: string;
  /** Where its bytes begin in the file at `path`; other files lie before and behind it in a pack. */
  readonly start: number;
  readonly bytes: number;
  /** The path it had where it came from. */
  readonly untrustedName: string;
}

const PACK = /^([0-9a-f]{32})-[0-9a-f]{32}\.pack$/;
const UPLOAD_ID = /^([0-9a-f]{32})-([0-9a-f]{32})$/;

/** The import that an upload belongs to; undefined for a name that is not ours. */
export const importOfUpload = (uploadId: string): string | undefined => UPLOAD_ID.exec(uploadId)?.[1];

/**
 * Unfinished and unexamined files: `<dataDir>/uploads/<importId>-<id>`, each with its description beside it, and packs
 * of many, `<importId>-<id>.pack`.
 */
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

  /** A pack for files that come one after the other and are acknowledged one by one. Whoever asked for it closes it. */
  async newPack(importId: string): Promise<PackWriter> {
    return PackWriter.create(join(this.folder, `${this.newUploadId(importId)}.pack`));
  }

  /** Bytes that the disk can still take. */
  async room(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
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
        files.push({ uploadId, path, start: 0, bytes: size, untrustedName: name });
      else unfinished++;
    }
    for (const uploadId of await this.packsOf(importId)) {
      const path = join(this.folder, uploadId);
      for (const { name, start, bytes } of await readPack(path))
        files.push({ uploadId, path, start, bytes, untrustedName: cleanName(name) });
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

  private async packsOf(importId: string): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => PACK.exec(name)?.[1] === importId);
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

/** A name as it is shown and compared: `/` between folders, no control characters, bounded. */
export const cleanName = (untrusted: string): string =>
  cleanText(untrusted.replace(/\\/g, '/').replace(/^\/+/, ''), LONGEST_NAME) || 'unnamed';
