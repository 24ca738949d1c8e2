import { Injectable } from '@nestjs/common';
import { cleanName, uniqueName } from '@vitrine/exchange';
import { Clock, Problem } from '@vitrine/kernel';
import { RecordsService, type ItemKind, type ItemWithFiles, type RecordFile } from '@vitrine/records';

export interface RecordFolderEntry {
  readonly name: string;
  readonly at: string;
  /** Undefined for a folder. */
  readonly file: Pick<RecordFile, 'blobId' | 'bytes' | 'itemId'> | undefined;
}

const KINDS: readonly (readonly [string, ItemKind])[] = [
  ['Scans', 'imaging'],
  ['Documents', 'document'],
  ['Genomes', 'genome'],
];
/** A program that fetches a study asks for each image by itself. */
const REMEMBERED_MS = 5_000;
const REMEMBERED = 64;

/** What the patient keeps in the record, as folders: scans by study, documents, genomes. Nothing can be changed here. */
@Injectable()
export class RecordFolder {
  private readonly remembered = new Map<
    string,
    { readonly at: number; readonly items: readonly ItemWithFiles[] }
  >();

  constructor(
    private readonly records: RecordsService,
    private readonly clock: Clock,
  ) {}

  /** What is at a path below the folder, and what lies in it. Throws `delegation.not-visible`. */
  async look(
    patientId: string,
    path: readonly string[],
  ): Promise<{ self: RecordFolderEntry; children: RecordFolderEntry[] }> {
    let self = folder('', BEGINNING);
    let children = KINDS.map(([name]) => folder(name, BEGINNING));
    for (const [depth, name] of path.entries()) {
      const next = children.find((child) => child.name === name);
      if (next === undefined || self.file !== undefined) throw new Problem('delegation.not-visible');
      self = next;
      children = next.file === undefined ? await this.inside(patientId, path.slice(0, depth + 1)) : [];
    }
    return { self, children };
  }

  private async inside(patientId: string, path: readonly string[]): Promise<RecordFolderEntry[]> {
    const kind = KINDS.find(([name]) => name === path[0])?.[1];
    if (kind === undefined) return [];
    const items = await this.kept(patientId, kind);
    const used = new Set<string>();
    if (kind === 'document')
      return items.flatMap(({ item, files }) => files.map((file) => entry(file, item.addedAt, used)));
    const named = items.map((one) => ({ ...one, name: uniqueName(cleanName(folderName(one)), used) }));
    if (path.length === 1) return named.map(({ name, item }) => folder(name, item.addedAt));
    const found = named.find(({ name }) => name === path[1]);
    const inFolder = new Set<string>();
    return (await this.filesOf(patientId, found?.item.id)).map((file) =>
      entry(file, found?.item.addedAt ?? BEGINNING, inFolder),
    );
  }

  /** In the order in which they came, so that names stay. Files only where each is an entry by itself. */
  private async kept(patientId: string, kind: ItemKind): Promise<readonly Listed[]> {
    const views = (await this.records.list(patientId, { kind })).filter(({ state }) => state === 'kept');
    views.sort((a, b) => a.addedAt.localeCompare(b.addedAt) || a.id.localeCompare(b.id));
    if (kind !== 'document') return views.map((item) => ({ item, files: [] }));
    return this.openable(
      patientId,
      views.map(({ id }) => id),
    );
  }

  private async filesOf(patientId: string, itemId: string | undefined): Promise<readonly RecordFile[]> {
    if (itemId === undefined) return [];
    return (await this.openable(patientId, [itemId])).flatMap(({ files }) => files);
  }

  private async openable(patientId: string, ids: readonly string[]): Promise<readonly ItemWithFiles[]> {
    const key = [patientId, ...ids].join(' ');
    const now = this.clock.now().getTime();
    const before = this.remembered.get(key);
    if (before !== undefined && now - before.at < REMEMBERED_MS) return before.items;
    const items = await this.records.openable(patientId, ids);
    this.remembered.delete(key);
    this.remembered.set(key, { at: now, items });
    for (const oldest of this.remembered.keys()) {
      if (this.remembered.size <= REMEMBERED) break;
      this.remembered.delete(oldest);
    }
    return items;
  }
}

interface Listed {
  readonly item: {
    readonly id: string;
    readonly title: string;
    readonly takenOn: string | null;
    readonly addedAt: string;
  };
  readonly files: readonly RecordFile[];
}

const BEGINNING = new Date(0).toISOString();

const folder = (name: string, at: string): RecordFolderEntry => ({ name, at, file: undefined });

const entry = (file: RecordFile, at: string, used: Set<string>): RecordFolderEntry => ({
  name: uniqueName(fileName(file), used),
  at,
  file,
});

const folderName = ({ item }: Listed): string =>
  item.takenOn === null ? item.title : `${item.takenOn} ${item.title}`;

/** Images by series and number, since the names that discs give them say nothing. */
function fileName(file: RecordFile): string {
  if (file.format !== 'dicom') return cleanName(file.untrustedName);
  const number = (value: number | null, digits: number) => String(value ?? 0).padStart(digits, '0');
  return cleanName(`${number(file.seriesNumber, 3)}-${number(file.instanceNumber, 5)}.dcm`);
}
