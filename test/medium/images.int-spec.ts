import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docker, DATA, type GivenFile, ImageGuest, manifestFile, VERSION } from './image-guest.js';

interface Inspected {
  readonly Config: { readonly Labels: Record<string, string>; readonly User: string };
}

const SHOWN_MS = 90_000;
const image = (name: string): string => `vitrine/${name}:${VERSION}`;
const one = (path: string, format: string, name: string): GivenFile => ({
  source: join(DATA, path),
  format,
  name,
});
const folder = (path: string, from = 0): GivenFile[] =>
  readdirSync(join(DATA, path)).map((file, index) => one(join(path, file), 'dicom', `${from + index}.dcm`));

const VIEWERS = [
  { name: 'aeskulap', network: 'none', files: () => folder('dicom/series/mr-pacsman') },
  { name: 'ohif', network: 'loopback', files: () => folder('dicom/series/mr-pacsman') },
  { name: 'igv', network: 'none', files: () => [one('genome/vcf/SRP32_3samples.vcf', 'vcf', 'a.vcf')] },
  { name: 'mupdf', network: 'none', files: () => [one('documents/pdf/clinical-note.pdf', 'pdf', 'a.pdf')] },
] as const;

const haveData = existsSync(join(DATA, 'CATALOG.md'));
if (!haveData) console.warn(`The tests that show real files are skipped: there is no test data at ${DATA}.`);
const withData = haveData ? it : it.skip;

describe('a viewer image', () => {
  let guest: ImageGuest | undefined;

  afterEach(() => {
    guest?.remove();
    guest = undefined;
  });

  const start = (name: string, network: 'none' | 'loopback'): ImageGuest => {
    guest = new ImageGuest(image(name), network);
    guest.start();
    return guest;
  };

  it.each(VIEWERS)('$name carries its manifest as a label and runs as nobody special', ({ name }) => {
    const [found] = JSON.parse(docker('image', 'inspect', image(name))) as Inspected[];
    expect(found?.Config.Labels['org.vitrine.contract']).toBe('1');
    const label = Buffer.from(found?.Config.Labels['org.vitrine.manifest'] ?? '', 'base64').toString('utf8');
    expect(label).toBe(readFileSync(manifestFile(name), 'utf8'));
    expect(found?.Config.User).toBe('1000:1000');
  });

  it.each(VIEWERS)('$name has its display up before there is anything to open', async ({ name, network }) => {
    const running = start(name, network);
    expect(await running.banner(5_000)).toMatch(/^RFB 003\.008/);
    expect(await running.statusOf(['waiting'], 5_000)).toBe('waiting');
  });

  it('lets people in however often it was asked whether it answers', async () => {
    const running = start('mupdf', 'none');
    const banners = new Set<string>();
    for (let asked = 0; asked < 20; asked++) banners.add(await running.banner(5_000));
    // A server that has had enough of a host says another version, and then that there were too many failures.
    expect([...banners]).toEqual(['RFB 003.008\n']);
  });

  for (const { name, network, files } of VIEWERS) {
    withData(`${name} shows a record that comes after it has started`, async () => {
      const running = start(name, network);
      await running.banner(5_000);
      running.open([files()]);
      expect(await running.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
      expect(running.looksFilled()).toBe(true);
    });
  }

  it.each(VIEWERS)('$name says so when nothing can be shown', async ({ name, network }) => {
    const running = start(name, network);
    const { formats } =
      /formats: \[(?<formats>\w+)/.exec(readFileSync(manifestFile(name), 'utf8'))?.groups ?? {};
    running.open([[{ source: '/dev/null', format: formats ?? '', name: 'empty.pdf' }]]);
    expect(await running.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('refused');
    expect(running.looksFilled()).toBe(true);
  });

  withData('leaves bad files out and shows the good study among them', async () => {
    const running = start('aeskulap', 'none');
    const good = folder('dicom/series/mr-pacsman');
    running.open([[...good, ...folder('hostile/dicom', 1000)]]);
    expect(await running.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
    const prepared = JSON.parse(running.read('/tmp/record/open.json')) as {
      items: { files: { path: string }[] }[];
      refused: number;
    };
    const names = prepared.items.flatMap(({ files }) => files.map(({ path }) => path.split('/').at(-1)));
    expect(good.every(({ name }) => names.includes(name))).toBe(true);
    expect(prepared.refused).toBeGreaterThan(10);
    const hostile = readdirSync(join(DATA, 'hostile/dicom'));
    for (const bad of ['bomb-rle-65535x65535.dcm', 'deep-sequence-20000.dcm', 'empty.dcm'])
      expect(names).not.toContain(`${1000 + hostile.indexOf(bad)}.dcm`);
  });

  withData('prepares every transfer syntax for the light viewer', async () => {
    const running = start('aeskulap', 'none');
    const files = folder('dicom/transfer-syntax');
    running.open([files]);
    expect(await running.statusOf(['showing', 'refused'], SHOWN_MS)).toBe('showing');
    const prepared = JSON.parse(running.read('/tmp/record/open.json')) as { items: { files: unknown[] }[] };
    expect(prepared.items[0]?.files).toHaveLength(files.length);
  });

  it('ends with an error when it has no display left', async () => {
    const running = start('mupdf', 'none');
    await running.banner(5_000);
    docker(
      'exec',
      '--detach', // It ends together with the guest that it brings down.
      running.name,
      'python3',
      '-c',
      'import os,signal;[os.kill(int(p),9) for p in os.listdir("/proc") if p.isdigit() and int(p)>1 and "Xvnc" in open(f"/proc/{p}/comm").read()+open(f"/proc/{p}/cmdline").read()[:12]]',
    );
    expect(docker('wait', running.name)).toBe('1');
  });
});
