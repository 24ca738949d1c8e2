import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { syntheticCtStudy } from '@vitrine/samples';
import { docker, ImageGuest, sleep, VERSION } from './image-guest.js';

const SHOWN_MS = 90_000;
const ARRIVED_MS = 30_000;
const SERIES = 9;
const SLICES = 6;

/** A study of several series, of which the first is there and the others are still being laid out. */
describe('a record that is still arriving', () => {
  const parts = Array.from({ length: SERIES }, (_, index) =>
    syntheticCtStudy({ slices: SLICES, size: 128, seriesNumber: index + 1 }),
  );
  let folder: string;
  let guest: ImageGuest;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-arriving-'));
  });
  afterEach(() => {
    guest.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (name: string, network: 'none' | 'loopback') => {
    guest = new ImageGuest(`vitrine/${name}:${VERSION}`, network);
    guest.start();
    return guest.banner(5_000);
  };
  const path = (part: number, file: number) => `item-1/${part * SLICES + file}.dcm`;
  const list = (withParts: boolean) => [
    {
      id: 'one',
      kind: 'imaging',
      title: 'CT',
      ...(withParts ? { studyInstanceUid: studyOf(parts[0]?.[0]?.bytes) } : {}),
      files: parts.flatMap((files, part) =>
        files.map((_, file) => ({ path: path(part, file), format: 'dicom', ...(withParts ? { part } : {}) })),
      ),
    },
  ];
  const write = (name: string, bytes: string | Uint8Array) => {
    mkdirSync(dirname(join(guest.record, name)), { recursive: true });
    writeFileSync(join(guest.record, `${name}.new`), bytes);
    renameSync(join(guest.record, `${name}.new`), join(guest.record, name));
  };
  const lay = (part: number) => {
    for (const [file, { bytes }] of parts[part]?.entries() ?? []) write(path(part, file), bytes);
  };
  const tell = (arrived: number) => {
    write('arriving.json', JSON.stringify({ version: 1, arrived, items: list(true) }));
  };
  /** Whether a picture of the fourth series stands in the list beside the large picture. */
  const isListed = () => docker('exec', guest.name, 'python3', '-c', LOOK_AT_LIST) === 'True';
  const until = async (what: string, met: () => boolean, ms: number) => {
    for (const end = Date.now() + ms; !met();) {
      if (Date.now() > end) throw new Error(`there was never ${what}`);
      await sleep(100);
    }
  };

  it('is shown by OHIF as soon as its first series is there, and whole when all of it is', async () => {
    await start('ohif', 'loopback');
    lay(0);
    tell(1);
    expect(await guest.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
    expect(guest.looksFilled()).toBe(true);
    expect(isListed()).toBe(false);
    lay(1);
    tell(2);
    for (let part = 2; part < SERIES; part++) lay(part);
    write('open.json', JSON.stringify({ version: 1, items: list(false) }));
    await until('a list of all series', isListed, ARRIVED_MS);
    expect(guest.status()).toBe('showing');
    expect(prepared()).toMatchObject({ complete: true, refused: 0 });
  });

  it('ends the guest when what is left of it cannot be prepared', async () => {
    await start('ohif', 'loopback');
    lay(0);
    tell(1);
    expect(await guest.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
    write('arriving.json', 'no list');
    const state = () => docker('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', guest.name);
    await until('an end', () => state() === 'exited 1', ARRIVED_MS);
  });

  it('is left alone by a viewer that opens everything at once, until everything is there', async () => {
    await start('aeskulap', 'none');
    lay(0);
    tell(1);
    await until('a screened part', () => prepared().items[0]?.files.length === SLICES, ARRIVED_MS);
    expect(guest.status()).toBe('opening');
    expect(guest.looksFilled()).toBe(false);
    for (let part = 1; part < SERIES; part++) lay(part);
    write('open.json', JSON.stringify({ version: 1, items: list(false) }));
    expect(await guest.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
    expect(prepared()).toMatchObject({ complete: true, refused: 0 });
    expect(prepared().items[0]?.files).toHaveLength(SERIES * SLICES);
  });

  const prepared = () => {
    try {
      return JSON.parse(guest.read('/tmp/record/open.json')) as Prepared;
    } catch {
      return { items: [], complete: false, refused: 0 };
    }
  };
});

interface Prepared {
  readonly items: readonly { readonly files: readonly unknown[] }[];
  readonly complete: boolean;
  readonly refused: number;
}

const LOOK_AT_LIST = `import sys; sys.path.insert(0, '/opt/vitrine/lib')
from xdisplay import XDisplay
p = memoryview(XDisplay().picture(150, 375, 120, 100)).cast('I')
print(len({c & 0xffffff for c in p}) > 20)`;

/** The UID as it stands in the explicit little endian header of a sample. */
function studyOf(bytes: Uint8Array = new Uint8Array()): string {
  const buffer = Buffer.from(bytes);
  const at = buffer.indexOf(Buffer.from([0x20, 0, 0x0d, 0, 0x55, 0x49]));
  const length = buffer.readUInt16LE(at + 6);
  return buffer.toString('latin1', at + 8, at + 8 + length).replace(/\0$/, '');
}
