import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { cleanText } from '@vitrine/dicom';
import { isId, newId, Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { Ballast } from '@vitrine/persistence';
import { plainSize, sealed, type SealingTerms } from '@vitrine/sealing';
import type { SealedSource } from '@vitrine/vault';
import { LONGEST_NAME } from '../examiner/bounds.js';
import { readPack } from './pack-reader.js';
import { PackWriter, type PackOptions } from './pack-writer.js';
import { descriptionPath, readDescription, writeDescription } from './upload-descriptions.js';
import { importOfUpload, partsOfPackName } from './upload-names.js';
import { UploadSeals } from './upload-seals.js';

/** A file that came in whole and waits to be examined. */
export interface ReceivedFile {
  readonly source: SealedSource;
  readonly bytes: number;
  /** The path it had where it came from. */
  readonly untrustedName: string;
}

/**
 * Unfinished and unexamined files, sealed: `<dataDir>/uploads/<importId>-<id>`, each with its description beside it, and
 * packs of many, `<importId>-<id>-<key owner>.pack`.
 */
@Injectable()
export class UploadStore {
  readonly folder: string;
  private readonly ballast: Ballast;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    readonly seals: UploadSeals,
  ) {
    this.folder = join(settings.dataDir, 'uploads');
    this.ballast = new Ballast(settings.dataDir);
  }

  /** Must be called before anything else. */
  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
  }

  /** Bytes that may still be written. */
  async room(): Promise<number> {
    return (await this.ballast.room()).forContent;
  }

  /** Throws `vault.disk-full` where so much has no room. */
  async requireRoom(bytes?: number): Promise<void> {
    await this.ballast.requireRoom(bytes);
  }

  newUploadId(importId: string): string {
    if (!isId(importId)) throw new TypeError('not an import');
    return `${importId}-${newId()}`;
  }

  /** Puts a file in by hand, as an upload that came in whole would lie here. */
  async place(importId: string, name: string, bytes: Uint8Array): Promise<void> {
    const uploadId = this.newUploadId(importId);
    const terms = (await this.seals.ofImport(importId))(uploadId);
    await writeFile(join(this.folder, uploadId), sealed(once(bytes), terms), { mode: 0o600 });
    const { length } = bytes;
    const description = { id: uploadId, size: length, offset: length, metadata: { importId, name } };
    await writeDescription(this.folder, terms, description);
  }

  /**
   * Takes files in that come in one request, at most `maximumBytes` of them (`vault.quota-exceeded`). Not flushed unless
   * asked: whoever sends them hears of success only after the vault has them. In the order in which they came.
   */
  async receive(
    importId: string,
    keyOwnerId: string,
    files: AsyncIterable<{ readonly name: string; readonly content: AsyncIterable<Uint8Array> }>,
    maximumBytes: number,
    options: PackOptions = { flushed: false },
  ): Promise<ReceivedFile[]> {
    const pack = await this.newPack(importId, keyOwnerId, options);
    const received: ReceivedFile[] = [];
    let left = maximumBytes;
    try {
      for await (const { name, content } of files) {
        await this.ballast.requireRoom();
        const entry = pack.begin(name);
        for await (const chunk of content) {
          left -= chunk.length;
          if (left < 0) throw new Problem('vault.quota-exceeded');
          await entry.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)).catch(outOfRoom);
        }
        const { source, bytes } = await entry.finish().catch(outOfRoom);
        received.push({ source, bytes, untrustedName: cleanName(name) });
      }
    } finally {
      await pack.close();
    }
    return received;
  }

  /**
   * A pack for files that come one after the other and are acknowledged one by one. Whoever asked for it closes it.
   * `UploadSeals.ofPack` says who the key's owner is.
   */
  async newPack(arrivalId: string, keyOwnerId: string, options?: PackOptions): Promise<PackWriter> {
    const name = `${this.newUploadId(arrivalId)}-${keyOwnerId}.pack`;
    return PackWriter.create(join(this.folder, name), await this.seals.ofPack(name, keyOwnerId), options);
  }

  /** Whether something of this came in packs, whole or not. */
  async hasPack(arrivalId: string): Promise<boolean> {
    const names = await readdir(this.folder);
    return names.some((name) => partsOfPackName(name)?.arrivalId === arrivalId);
  }

  /** The files that came in whole in the packs of an import, or of what will be one. */
  async packed(arrivalId: string): Promise<ReceivedFile[]> {
    const files: ReceivedFile[] = [];
    for (const uploadId of await readdir(this.folder)) {
      const parts = partsOfPackName(uploadId);
      if (parts?.arrivalId !== arrivalId) continue;
      const key = await this.seals.ofPack(uploadId, parts.keyOwnerId);
      for (const { name, source, bytes } of await readPack(join(this.folder, uploadId), key))
        files.push({ source, bytes, untrustedName: cleanName(name) });
    }
    return files;
  }

  /** The files of an import that came in whole, by name; those that broke off are left out and counted. */
  async received(importId: string): Promise<{ files: ReceivedFile[]; unfinished: number }> {
    const files: ReceivedFile[] = [];
    let unfinished = 0;
    const termsOf = await this.seals.ofImport(importId);
    for (const uploadId of await this.uploadsOf(importId)) {
      const source = { path: join(this.folder, uploadId), terms: termsOf(uploadId) };
      const { size, name } = await this.describe(uploadId, source.terms);
      const found = await lstat(source.path);
      if (found.isFile() && plainSize(found.size) === size)
        files.push({ source, bytes: size, untrustedName: name });
      else unfinished++;
    }
    files.push(...(await this.packed(importId)));
    files.sort((a, b) => a.untrustedName.localeCompare(b.untrustedName));
    return { files, unfinished };
  }

  /** Makes what was received survive a power cut, names included; called before it is acknowledged. */
  async flush(uploadId: string): Promise<void> {
    for (const path of [join(this.folder, uploadId), descriptionPath(this.folder, uploadId), this.folder]) {
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
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

  private async describe(uploadId: string, terms: SealingTerms): Promise<{ size: number; name: string }> {
    const description = await readDescription(this.folder, terms, uploadId);
    const { metadata, size } = description ?? {};
    return { size: size ?? -1, name: cleanName(metadata?.['name'] ?? metadata?.['filename'] ?? '') };
  }
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function outOfRoom(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  throw code === 'ENOSPC' || code === 'EDQUOT' ? new Problem('vault.disk-full', { cause: error }) : error;
}

/** A name as it is shown and compared: `/` between folders, no control characters, bounded. */
export const cleanName = (untrusted: string): string =>
  cleanText(untrusted.replace(/\\/g, '/').replace(/^\/+/, ''), LONGEST_NAME) || 'unnamed';
