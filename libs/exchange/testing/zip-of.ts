import { ZipFile } from 'yazl';
import type { SentFile } from './exchange-bench.js';

export const zipOf = async (files: readonly SentFile[]): Promise<Buffer> => {
  const zip = new ZipFile();
  for (const { name, bytes } of files) zip.addBuffer(Buffer.from(bytes), name);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
};
