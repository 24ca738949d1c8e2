import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticCtStudy } from '@vitrine/samples';
import { docker, type GivenFile, ImageGuest, sleep, VERSION } from './image-guest.js';

const UP_MS = 20_000;
const SHOWN_MS = 30_000;
const STUDY_INSTANCE_UID = [0x0020, 0x000d] as const;
const SERIES_INSTANCE_UID = [0x0020, 0x000e] as const;
const SOP_INSTANCE_UID = [0x0008, 0x0018] as const;
/** Tag, VR and a length of 16 bits (PS3.5 §7.1.2). */
const ELEMENT_HEAD = 8;

/** Aeskulap is started before it is known what it will show. */
describe('Aeskulap in a guest that waits', () => {
  let folder: string;
  let guest: ImageGuest;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-aeskulap-'));
    guest = new ImageGuest(`vitrine/aeskulap:${VERSION}`, 'none');
    guest.start();
    await guest.banner(5_000);
  });
  afterEach(() => {
    guest.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const given = (files: readonly Buffer[]): GivenFile[] =>
    files.map((bytes, index) => {
      const name = `${index}.dcm`;
      writeFileSync(join(folder, name), bytes);
      return { source: join(folder, name), format: 'dicom', name };
    });
  const study = (slices: number): GivenFile[] =>
    given(syntheticCtStudy({ slices, size: 256 }).map(({ bytes }) => bytes));
  const waiting = () =>
    docker('top', guest.name, '-eo', 'pid,comm')
      .split('\n')
      .filter((line) => line.endsWith(' aeskulap'))
      .map((line) => line.trim().split(' ')[0] ?? '');
  const untilOneWaits = async () => {
    for (const end = Date.now() + UP_MS; waiting().length === 0 || !isMade();) {
      if (Date.now() > end) throw new Error('Aeskulap was never up.');
      await sleep(100);
    }
    return waiting();
  };
  const isMade = () => docker('exec', guest.name, 'python3', '-c', LOOK_FOR_WINDOW) === 'True';
  const showsPicture = () => docker('exec', guest.name, 'python3', '-c', LOOK_AT_MIDDLE) === 'True';

  it('is up before the record comes, without a window, and the same process shows it', async () => {
    const before = await untilOneWaits();
    expect(before).toHaveLength(1);
    expect(guest.looksFilled()).toBe(false);
    expect(guest.status()).toBe('waiting');
    guest.open([study(5)]);
    expect(await guest.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
    expect(showsPicture()).toBe(true);
    expect(waiting()).toEqual(before);
  });

  it('says that it shows something only when the picture is there', async () => {
    await untilOneWaits();
    guest.open([study(200)]);
    expect(await guest.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
    expect(showsPicture()).toBe(true);
  });

  it.each([
    ['study', STUDY_INSTANCE_UID],
    ['series', SERIES_INSTANCE_UID],
    ['instance', SOP_INSTANCE_UID],
  ])('shows a file that names no %s', async (_what, tag) => {
    const [slice] = syntheticCtStudy({ slices: 1, size: 256 });
    await untilOneWaits();
    guest.open([given([without(slice?.bytes ?? Buffer.alloc(0), tag)])]);
    expect(await guest.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
    expect(showsPicture()).toBe(true);
  });

  it('shows the record also when the one that waited is gone', async () => {
    const [first] = await untilOneWaits();
    docker('exec', guest.name, 'sh', '-c', 'kill -KILL "$(cat /tmp/vitrine/aeskulap.pid)"');
    guest.open([study(5)]);
    expect(await guest.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
    expect(showsPicture()).toBe(true);
    expect(waiting()).not.toContain(first);
  });

  it('shows it again when somebody has closed the program', async () => {
    await untilOneWaits();
    guest.open([study(5)]);
    expect(await guest.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
    const [first] = waiting();
    docker('exec', guest.name, 'sh', '-c', 'kill "$(cat /tmp/vitrine/aeskulap.pid)"');
    for (const end = Date.now() + UP_MS; waiting().includes(first ?? '');) {
      if (Date.now() > end) throw new Error('Aeskulap did not end.');
      await sleep(100);
    }
    expect(await guest.statusOf(['opening'], UP_MS)).toBe('opening');
    expect(await guest.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
    expect(showsPicture()).toBe(true);
  });
});

/** The file without this element of a short explicit VR; little endian, as all samples are. */
function without(file: Buffer, [group, element]: readonly [number, number]): Buffer {
  const start = file.indexOf(Buffer.from(Uint16Array.of(group, element).buffer));
  if (start < 0) throw new Error('The sample has no such element.');
  return Buffer.concat([
    file.subarray(0, start),
    file.subarray(start + ELEMENT_HEAD + file.readUInt16LE(start + 6)),
  ]);
}

/** Its window is there, though nobody can see it yet. */
const LOOK_FOR_WINDOW = `import sys; sys.path.insert(0, '/opt/vitrine/lib')
import ctypes, xdisplay
d = xdisplay.XDisplay()
root, parent, children, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_void_p(), ctypes.c_uint()
xdisplay._x.XQueryTree(d.display, d.root, root, parent, children, count)
print(count.value > 0)`;

/** A line through the middle crosses the grey inside of the head and its white skull, on black. */
const LOOK_AT_MIDDLE = `import sys; sys.path.insert(0, '/opt/vitrine/lib')
from xdisplay import XDisplay
d = XDisplay(); r = d.geometry()
line = [c & 0xffffff for c in memoryview(d.picture(r.width // 4, r.height * 21 // 40, r.width // 2, 1)).cast('I')]
middle = line[len(line) // 2]
print(line[0] == 0 and 0xffffff in line and middle not in (0, 0xffffff) and middle == (middle & 255) * 0x010101)`;
