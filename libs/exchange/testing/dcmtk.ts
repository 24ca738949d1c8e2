import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export interface ToolResult {
  readonly code: number;
  readonly output: string;
}

/** Runs a program of dcmtk. Never rejects for what it says: the code and all that it printed are the answer. */
export const dcmtk = (program: string, ...args: string[]): Promise<ToolResult> =>
  new Promise((resolve) => {
    execFile(
      `/usr/bin/${program}`,
      args,
      // Without it the program itself waits 40 ms for each object: Nagle's algorithm against delayed acknowledgement.
      { env: { ...process.env, TCP_NODELAY: '1' }, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resolve({
          code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1,
          output: stdout + stderr,
        }),
    );
  });

export const hasDcmtk = (): boolean => {
  if (existsSync('/usr/bin/storescu')) return true;
  process.stderr.write(
    'Tests with dcmtk are skipped: there is no /usr/bin/storescu (Debian package dcmtk).\n',
  );
  return false;
};

/**
 * What follows the file meta information: the bytes that were sent, as they have to arrive (PS3.10 §7.1). Of anything but
 * DICOM all of it.
 */
export function dataSetOf(file: Buffer | string): Buffer {
  const bytes = typeof file === 'string' ? readFileSync(file) : file;
  if (bytes.toString('latin1', 128, 132) !== 'DICM') return bytes;
  const metaLength = bytes.readUInt32LE(132 + 8);
  return bytes.subarray(132 + 12 + metaLength);
}
