import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api } from 'dicomweb-client';
import xhr2 from 'xhr2';
import type { Owner } from '@vitrine/delegation';
import { agentOf } from '@vitrine/identity';
import { RecordsService } from '@vitrine/records';
import { syntheticCtStudy } from '@vitrine/samples';
import { aPatient, aToken, stowBody, STOW_TYPE } from '../../testing/programs.js';
import { testData } from '../../testing/test-data.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

// The client is made for browsers.
Object.assign(globalThis, { XMLHttpRequest: xhr2 });

const run = promisify(execFile);
const study = syntheticCtStudy({ slices: 20, size: 64 }).map(({ bytes }) => bytes);
const data = testData();

/** Real programs against the running control plane. */
describe('DICOMweb with programs of others', () => {
  let whole: WholeApp;
  let jane: Owner;
  let base = '';
  let deposit = '';
  let read = '';
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-dicomweb-'));

  beforeAll(async () => {
    whole = await wholeApp();
    await whole.app.listen(0, '127.0.0.1');
    const { port } = whole.app.getHttpServer().address() as AddressInfo;
    base = `http://127.0.0.1:${port}/api/dicom-web`;
    jane = await aPatient(whole.app);
    deposit = await aToken(whole.app, jane, 'deposit');
    read = await aToken(whole.app, jane, 'read');
  });
  afterAll(async () => {
    await whole.close();
    rmSync(folder, { recursive: true });
  });

  const client = (token: string) =>
    new api.DICOMwebClient({
      url: base,
      singlepart: false,
      headers: { Authorization: `Bearer ${token}` },
    }) as unknown as Client;
  /** Some of the sample files are versions of one image. */
  const forget = async () => {
    const records = whole.app.get(RecordsService, { strict: false });
    for (const { id } of await records.list(jane.patient.id))
      await records.remove(jane.patient.id, id, agentOf(jane.account));
  };

  it('dicomweb-client stores, searches and fetches, byte for byte', async () => {
    const datasets = study.map((bytes) => Uint8Array.from(bytes).buffer);
    await client(deposit).storeInstances({ datasets });

    const reader = client(read);
    const studies = await reader.searchForStudies({ queryParams: { PatientName: 'Doe*' } });
    expect(studies).toHaveLength(1);
    const studyInstanceUID = valueOf(studies[0], '0020000D');
    const series = await reader.searchForSeries({ studyInstanceUID });
    expect(series).toHaveLength(1);
    const seriesInstanceUID = valueOf(series[0], '0020000E');
    const instances = await reader.searchForInstances({ studyInstanceUID, seriesInstanceUID });
    expect(instances).toHaveLength(20);
    expect(await reader.searchForStudies({ queryParams: { PatientName: 'Nobody' } })).toEqual([]);

    const metadata = await reader.retrieveSeriesMetadata({ studyInstanceUID, seriesInstanceUID });
    expect(metadata).toHaveLength(20);
    const files = await reader.retrieveStudy({ studyInstanceUID });
    expect(files.map((file, index) => Buffer.from(file).equals(study[index]!))).toEqual(
      study.map(() => true),
    );
    const sopInstanceUID = valueOf(instances[4], '00080018');
    const ids = { studyInstanceUID, seriesInstanceUID, sopInstanceUID };
    const one = await reader.retrieveInstance(ids);
    expect(Buffer.from(one).equals(study[4]!)).toBe(true);
    const frames = await reader.retrieveInstanceFrames({ ...ids, frameNumbers: [1] });
    expect(Buffer.from(frames[0]!).equals(study[4]!.subarray(-8192))).toBe(true);
  });

  it('curl stores, searches and fetches as the manual page says', async () => {
    const [bytes] = syntheticCtStudy({ slices: 1, size: 64, description: 'By curl' }).map(
      (file) => file.bytes,
    );
    const body = join(folder, 'body');
    writeFileSync(body, stowBody(bytes!));
    const curl = (token: string, ...args: string[]) =>
      run('curl', ['-sS', '--fail-with-body', '-H', `Authorization: Bearer ${token}`, ...args], {
        encoding: 'buffer',
      });
    const stored = await curl(
      deposit,
      ...['-H', `Content-Type: ${STOW_TYPE}`, '--data-binary', `@${body}`, `${base}/studies`],
    );
    const answer = JSON.parse(stored.stdout.toString()) as Record<string, { Value: Record<string, never>[] }>;
    expect(answer['00081199']?.Value).toHaveLength(1);
    const found = await curl(read, `${base}/studies?StudyDescription=By*`);
    const uid = valueOf((JSON.parse(found.stdout.toString()) as object[])[0], '0020000D');
    const series = await curl(read, `${base}/studies/${uid}/instances`);
    const [instance] = JSON.parse(series.stdout.toString()) as object[];
    const path = `studies/${uid}/series/${valueOf(instance, '0020000E')}/instances/${valueOf(instance, '00080018')}`;
    const out = join(folder, 'one.dcm');
    await curl(read, '-H', 'Accept: application/dicom', '-o', out, `${base}/${path}`);
    expect(readFileSync(out).equals(bytes!)).toBe(true);
    await expect(curl(deposit, `${base}/studies`)).rejects.toThrow('403');
  });

  const dcm2json = '/usr/bin/dcm2json';
  const files =
    data === undefined || !existsSync(dcm2json)
      ? []
      : ['dicom/modality', 'dicom/objects', 'dicom/transfer-syntax', 'dicom/charset'].flatMap((name) =>
          // Debian’s dcmtk does not know the character set of that one.
          readdirSync(join(data, name))
            .filter((file) => file !== 'chrH31.dcm')
            .map((file) => join(data, name, file)),
        );
  if (files.length === 0) {
    process.stdout.write('Skipped: dcmtk or the sample files are missing, so data sets are not compared.\n');
    it.skip('tells data sets as dcmtk does', () => undefined);
  } else
    it.each(files)('tells the data set of %s as dcmtk does', async (file) => {
      await forget();
      const stored = await fetch(`${base}/studies`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${deposit}`, 'Content-Type': STOW_TYPE },
        body: stowBody(readFileSync(file)),
      });
      // One of the files has no UIDs.
      if (stored.status === 409) return;
      const answer = (await stored.json()) as Record<string, { Value: [string] }>;
      const { pathname } = new URL(answer['00081190']?.Value[0] ?? '');
      const ours = await fetch(`${new URL(base).origin}${pathname}/metadata`, {
        headers: { Authorization: `Bearer ${read}` },
      });
      const sets = (await ours.json()) as Record<string, JsonElement>[];
      // Which does not tell compressed pixels.
      const copy = join(folder, 'copy.dcm');
      copyFileSync(file, copy);
      await run('dcmodify', ['-nb', '-imt', '-ea', '(7FE0,0010)', copy]);
      const { stdout } = await run(dcm2json, [copy], { maxBuffer: 256 * 1024 * 1024 });
      expect(sets.map(comparable)).toEqual([comparable(JSON.parse(stdout) as Record<string, JsonElement>)]);
    });
});

/** The client's own types ask for more than it needs. */
interface Client {
  storeInstances(options: { datasets: ArrayBuffer[] }): Promise<unknown>;
  searchForStudies(options: { queryParams: Record<string, string> }): Promise<object[]>;
  searchForSeries(options: object): Promise<object[]>;
  searchForInstances(options: object): Promise<object[]>;
  retrieveSeriesMetadata(options: object): Promise<object[]>;
  retrieveStudy(options: object): Promise<ArrayBuffer[]>;
  retrieveInstance(options: object): Promise<ArrayBuffer>;
  retrieveInstanceFrames(options: object): Promise<ArrayBuffer[]>;
}

interface JsonElement {
  readonly vr: string;
  readonly Value?: unknown[];
}

const valueOf = (set: unknown, tag: string): string =>
  (set as Record<string, { Value?: string[] }>)[tag]?.Value?.[0] ?? '';

/** What both tell: values, and not how bytes and unknown elements are written, nor long text, which is an address. */
function comparable(set: Record<string, JsonElement>): Record<string, unknown> {
  const left = (tag: string, { vr, Value }: JsonElement) =>
    /^(0002|0008(0005|3002)|7FE0)/.test(tag) ||
    tag.endsWith('0000') ||
    /^(O.|UN)$/.test(vr) ||
    (vr === 'UT' && JSON.stringify(Value ?? ''.padEnd(16_385)).length > 16_384);
  return Object.fromEntries(
    Object.entries(set)
      .filter(([tag, element]) => !left(tag, element))
      .map(([tag, { vr, Value }]) => [
        tag,
        vr === 'SQ'
          ? Value?.map((item) => comparable(item as Record<string, JsonElement>))
          : plain(vr, Value),
      ]),
  );
}

const plain = (vr: string, values: unknown[] | undefined): unknown =>
  /^(DS|IS|F.)$/.test(vr) ? values?.map((value) => Math.fround(Number(value)) + 0) : values;
