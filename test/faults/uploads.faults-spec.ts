import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { syntheticReportPdf } from '@vitrine/samples';
import { ApiClient, type ImportView, type SampleFile } from '../support/api-client.js';
import { hostState, NOTHING, untilJobsAreDone } from '../support/host-state.js';
import { firstSignIn, made } from '../support/people.js';
import { RawUpload } from '../support/raw-upload.js';
import { Stack } from '../support/stack.js';

const MIB = 1024 ** 2;
const LARGE = 8 * MIB;
const PATIENCE_MS = 60_000;

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** A report that nobody has yet. */
const report = (bytes = 0): Buffer =>
  Buffer.concat([syntheticReportPdf().bytes, Buffer.from('\n'), randomBytes(bytes + 16)]);

describe('uploads that do not go as they should', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-uploads-'));
  let stack: Stack;
  let patient: ApiClient;
  let providers: ApiClient[];

  beforeAll(async () => {
    stack = await Stack.start();
    patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    const admin = await firstSignIn(
      stack,
      stack.people.find(({ role }) => role === 'admin'),
    );
    providers = [
      await made(admin, 'Dr Weber', 'provider', 'City Hospital'),
      await made(admin, 'Dr Lee', 'provider', 'Lake Hospital'),
    ];
  }, 360_000);
  afterEach(async () => {
    await untilJobsAreDone(stack);
    expect(await hostState(stack)).toEqual(NOTHING);
  });
  afterAll(async () => {
    await stack.close();
    rmSync(folder, { recursive: true });
  });

  const record = async () =>
    (await patient.call<{ items: { id: string; state: string }[] }>('GET', '/api/record')).items;
  /** The sums of all files of the record, each as often as it is there. */
  const stored = async (): Promise<string[]> => {
    const all: string[] = [];
    for (const { id } of await record()) {
      const answer = await patient.fetch('GET', `/api/record/${id}/download`);
      const zip = join(folder, `${id}.zip`);
      writeFileSync(zip, Buffer.from(await answer.arrayBuffer()));
      const unpacked = join(folder, id);
      expect(spawnSync('unzip', ['-q', '-o', zip, '-d', unpacked]).status).toBe(0);
      for (const file of readdirSync(unpacked, { recursive: true, withFileTypes: true }))
        if (file.isFile()) {
          const { stdout } = spawnSync('sha256sum', [join(file.parentPath, file.name)], { encoding: 'utf8' });
          all.push(stdout.split(' ')[0] ?? '');
        }
    }
    return all.sort();
  };
  const begin = (by: ApiClient, target: object = {}) => by.call<ImportView>('POST', '/api/imports', target);
  const finish = async (by: ApiClient, id: string): Promise<ImportView> => {
    await by.call('POST', `/api/imports/${id}/finish`);
    for (const deadline = Date.now() + PATIENCE_MS; ;) {
      const seen = await by.call<ImportView>('GET', `/api/imports/${id}`);
      if (seen.state === 'done' || seen.state === 'failed') return seen;
      if (Date.now() > deadline) throw new Error(`import ${id} took too long`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  /** What lies there of uploads that are under way. */
  const underWay = () => readdirSync(join(stack.dataDir, 'uploads'));

  it.each([1, 50, 99])(
    'F17: that are dropped after %i % and taken up by two at once are one file, and whole',
    async (percent) => {
      const [bytes, before] = [report(LARGE), await stored()];
      const { id } = await begin(patient);
      const upload = await RawUpload.create(patient, id, 'report.pdf', bytes);
      await upload.sendAndDrop(Math.floor((bytes.length * percent) / 100));
      const offset = await upload.offset();
      expect(offset).toBeLessThan(bytes.length);
      await Promise.all([upload.send(offset), upload.send(offset)]);
      // Whichever was refused or cut off goes on where the file is then, as a browser does.
      for (let at = await upload.offset(); at < bytes.length; at = await upload.offset())
        await upload.send(at);
      expect((await finish(patient, id)).state).toBe('done');
      expect(await stored()).toEqual([...before, digestOf(bytes)].sort());
      expect(underWay()).toEqual([]);
    },
  );

  it('F17: that are dropped and finished all the same bring nothing, say so, and leave nothing', async () => {
    const before = await stored();
    const { id } = await begin(patient);
    const upload = await RawUpload.create(patient, id, 'report.pdf', report(LARGE));
    await upload.sendAndDrop(LARGE / 2);
    const { filesStored, notes } = await finish(patient, id);
    expect(filesStored).toBe(0);
    expect(notes.map(({ code }) => code)).toContain('exchange.incomplete');
    expect(await stored()).toEqual(before);
    expect(underWay()).toEqual([]);
  });

  it('F18: by two providers under the same name are both there, each as it was', async () => {
    const { secret } = await patient.call<{ secret: string }>('POST', '/api/deposit-codes', {
      label: 'Hospitals',
      maximumUses: 10,
    });
    const before = await stored();
    const contents = providers.map(() => report(MIB));
    const imports = await Promise.all(
      providers.map((provider, n) =>
        provider.addFiles([{ name: 'report.pdf', bytes: contents[n] ?? Buffer.alloc(0) }], secret),
      ),
    );
    expect(imports.map(({ filesStored }) => filesStored)).toEqual([1, 1]);
    for (const { id } of (await record()).filter(({ state }) => state === 'pending'))
      await patient.call('POST', `/api/record/${id}/accept`, {});
    expect(await stored()).toEqual([...before, ...contents.map(digestOf)].sort());
  });

  it('F18: of the same file twice at once are one file', async () => {
    const before = await stored();
    const file: SampleFile = { name: 'report.pdf', bytes: report(MIB) };
    const imports = await Promise.all([patient.addFiles([file]), patient.addFiles([file])]);
    expect(imports.map(({ filesStored, filesDuplicate }) => [filesStored, filesDuplicate]).sort()).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(await stored()).toEqual([...before, digestOf(file.bytes)].sort());
  });
});
