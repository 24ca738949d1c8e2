/** A file with the path under which it lay in what was dropped or chosen; the server treats the path as mere text. */
export interface Found {
  readonly file: File;
  readonly path: string;
}

/**
 * Everything in what was dropped, folders included. The list of a drop is only valid during the event, so the entries
 * are taken before the first wait.
 */
export async function fromDrop(transfer: DataTransfer, onCount: (files: number) => void): Promise<Found[]> {
  const entries: FileSystemEntry[] = [];
  const loose: File[] = [];
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    if (entry !== null) entries.push(entry);
    else {
      const file = item.getAsFile();
      if (file !== null) loose.push(file);
    }
  }
  const found: Found[] = loose.map((file) => ({ file, path: file.name }));
  while (entries.length > 0) {
    const entry = entries.pop();
    if (entry === undefined) break;
    if (entry.isDirectory) entries.push(...(await list(entry as FileSystemDirectoryEntry)));
    else
      found.push({ file: await open(entry as FileSystemFileEntry), path: entry.fullPath.replace(/^\//, '') });
    if (found.length % 50 === 0) onCount(found.length);
  }
  return found;
}

export const fromInput = (files: FileList): Found[] =>
  [...files].map((file) => ({
    file,
    path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath,
  }));

const open = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

/** A browser hands out a folder in portions of about a hundred; an empty portion is the end. */
async function list(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (portion.length === 0) return all;
    all.push(...portion);
  }
}
