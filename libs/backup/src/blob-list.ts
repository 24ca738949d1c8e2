import { isId } from '@vitrine/kernel';

/** One stored file of a backup: where it lies in the vault, and which of the copied files has its sealed bytes. */
export interface ListedBlob {
  readonly patientId: string;
  readonly blobId: string;
  /** Hex SHA-256 of the row's seal: while it is the same, so are the bytes. */
  readonly seal: string;
  /** Hex, of the sealed bytes; null for a file that was not there or not whole. */
  readonly sha256: string | null;
  /** Sealed. */
  readonly bytes: number;
}

/** One JSON object on each line. */
// eslint-disable-next-line @typescript-eslint/require-await
export async function* listLines(blobs: Iterable<ListedBlob>): AsyncGenerator<Buffer> {
  for (const blob of blobs) yield Buffer.from(`${JSON.stringify(blob)}\n`);
}

/** Throws what `content` throws. The list was authenticated, so what does not fit is a bug. */
export async function readList(content: AsyncIterable<Uint8Array>): Promise<ListedBlob[]> {
  let text = '';
  const blobs: ListedBlob[] = [];
  const decoder = new TextDecoder();
  const take = (lines: string[]): void => {
    for (const line of lines) if (line !== '') blobs.push(checked(JSON.parse(line) as ListedBlob));
  };
  for await (const chunk of content) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split('\n');
    text = lines.pop() ?? '';
    take(lines);
  }
  take([text]);
  return blobs;
}

function checked(blob: ListedBlob): ListedBlob {
  const sum = blob.sha256;
  if (!isId(blob.patientId) || !isId(blob.blobId) || !(sum === null || /^[0-9a-f]{64}$/.test(sum)))
    throw new TypeError('a list of a backup names what is no file of ours');
  return blob;
}
