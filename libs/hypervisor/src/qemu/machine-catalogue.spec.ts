import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MachineCatalogue } from './machine-catalogue.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const FILES = { kernel: 'the kernel', initrd: 'the initrd' };
const signal = AbortSignal.timeout(60_000);
let folder: string;
let catalogue: MachineCatalogue;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'machines-'));
  catalogue = new MachineCatalogue(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Registers a machine whose description says so; its hash. */
function register(said: object = {}, files: Readonly<Record<string, string>> = FILES, hash?: string): string {
  const sums = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, sha256(text)]));
  const description = {
    version: 1,
    name: 'reader',
    append: 'quiet',
    labels: { a: 'b' },
    files: sums,
    ...said,
  };
  const text = JSON.stringify(description);
  const path = join(folder, hash ?? sha256(text));
  mkdirSync(path);
  writeFileSync(join(path, 'machine.json'), text);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return sha256(text);
}

describe('the catalogue of machines', () => {
  it('finds a machine by its digest and by its name', async () => {
    const hash = register();
    const found = await catalogue.find(`sha256:${hash}`);
    expect(found).toMatchObject({
      name: 'reader',
      append: 'quiet',
      image: { digest: `sha256:${hash}`, bytes: 20, labels: { a: 'b' } },
    });
    expect(await catalogue.find('vm/reader')).toEqual(found);
    expect(await catalogue.all()).toEqual([found]);
  });

  it('finds a machine that is a disk and starts by itself', async () => {
    const hash = register({ append: undefined }, { 'disk.qcow2': 'a system' });
    const found = await catalogue.find(`sha256:${hash}`);
    expect(found).toMatchObject({ append: undefined, image: { bytes: 8 } });
    expect([...(found?.files.keys() ?? [])]).toEqual(['disk.qcow2']);
  });

  it('takes the newest of a name, and keeps the older one for those who know its digest', async () => {
    const [older, newer] = [register(), register({ append: 'quiet 2' })];
    utimesSync(join(folder, older, 'machine.json'), 1, 1);
    expect((await catalogue.find('vm/reader'))?.image.digest).toBe(`sha256:${newer}`);
    expect(await catalogue.find(`sha256:${older}`)).toBeDefined();
  });

  it.each([
    ['a description that was changed', () => register({}, FILES, 'a'.repeat(64))],
    ['an edition that it does not know', () => register({ version: 2 })],
    ['a name that is none', () => register({ name: '../x' })],
    ['no kernel', () => register({}, { initrd: 'x' })],
    ['a file that it does not know', () => register({}, { ...FILES, 'more.img': 'x' })],
    ['sums that are none', () => register({ files: { kernel: 'x', initrd: 'y' } })],
    ['labels that are none', () => register({ labels: { a: 1 } })],
    ['a kernel of ours and nothing to start it with', () => register({}, { 'disk.qcow2': 'x' })],
    ['no files', () => register({ append: undefined }, {})],
    ['no words for its kernel', () => register({ append: undefined })],
  ])('holds no machine with %s', async (_what, make) => {
    make();
    expect(await catalogue.all()).toEqual([]);
  });

  it('holds no machine of which a file is missing, none that is no JSON, and none where there is no folder', async () => {
    rmSync(join(folder, register(), 'initrd'));
    mkdirSync(join(folder, sha256('{')));
    writeFileSync(join(folder, sha256('{'), 'machine.json'), '{');
    expect(await catalogue.all()).toEqual([]);
    expect(await new MachineCatalogue(join(folder, 'nowhere')).all()).toEqual([]);
  });

  it.each(['vm/../reader', 'vm/Reader', 'reader', 'sha256:../x', 'vm/'])(
    'takes %s for no machine',
    async (name) => {
      register();
      expect(await catalogue.find(name)).toBeUndefined();
    },
  );

  it('notices a file that was changed, also after it was looked at', async () => {
    const machine = await catalogue.find(`sha256:${register()}`);
    if (!machine) throw new Error('not found');
    await catalogue.verify(machine, signal);
    writeFileSync(join(machine.folder, 'kernel'), 'THE KERNEL');
    await expect(catalogue.verify(machine, signal)).rejects.toMatchObject({
      code: 'hypervisor.image-missing',
    });
  });
});
