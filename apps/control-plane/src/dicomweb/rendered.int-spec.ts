import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { api } from 'dicomweb-client';
import { decode } from 'jpeg-js';
import { PNG } from 'pngjs';
import xhr2 from 'xhr2';
import type { Owner } from '@vitrine/delegation';
import { memorySource, readDicom } from '@vitrine/dicom';
import { ThumbnailService } from '@vitrine/exchange';
import { syntheticCtStudy } from '@vitrine/samples';
import { aPatient, aToken, stowBody, STOW_TYPE } from '../../testing/programs.js';
import { testData } from '../../testing/test-data.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

// Each picture is a guest.
jest.setTimeout(180_000);
// The client is made for browsers.
Object.assign(globalThis, { XMLHttpRequest: xhr2 });

const run = promisify(execFile);
const data = testData();
const withData = data === undefined ? it.skip : it;
const ct = syntheticCtStudy({ slices: 3, size: 64 }).map(({ bytes }) => bytes);
const uidsOf = (bytes: Uint8Array) => {
  const answer = readDicom(memorySource(bytes));
  if (answer.kind !== 'instance') throw new Error('no instance');
  return answer.facts;
};

describe('pictures for programs, painted in guests', () => {
  let whole: WholeApp;
  let jane: Owner;
  let base = '';
  let send = '';
  let read = '';
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-rendered-'));

  beforeAll(async () => {
    whole = await wholeApp({ realEngine: true });
    await whole.app.listen(0, '127.0.0.1');
    const { port } = whole.app.getHttpServer().address() as AddressInfo;
    base = `http://127.0.0.1:${port}/api/dicom-web`;
    jane = await aPatient(whole.app);
    send = await aToken(whole.app, jane, 'deposit');
    read = await aToken(whole.app, jane, 'read');
    await stow(...ct);
  });
  afterAll(async () => {
    // What was stored last may still be drawn for its small picture.
    await whole.app.get(ThumbnailService).idle();
    const guests = await whole.engine.list({ signal: AbortSignal.timeout(5_000) });
    await whole.close();
    rmSync(folder, { recursive: true });
    expect(guests.filter(({ role }) => role === 'job')).toEqual([]);
  });

  const stow = async (...parts: readonly Uint8Array[]) => {
    const headers = { Authorization: `Bearer ${send}`, 'Content-Type': STOW_TYPE };
    const answer = await fetch(`${base}/studies`, { method: 'POST', headers, body: stowBody(...parts) });
    expect([200, 202]).toContain(answer.status);
  };
  const addressOf = (bytes: Uint8Array) => {
    const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = uidsOf(bytes);
    return `${base}/studies/${studyInstanceUid}/series/${seriesInstanceUid}/instances/${sopInstanceUid}`;
  };
  const get = (url: string, accept = '*/*') =>
    fetch(url, { headers: { Authorization: `Bearer ${read}`, Accept: accept } });
  const jpegOf = async (url: string) => {
    const answer = await get(url);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    return decode(Buffer.from(await answer.arrayBuffer()), { useTArray: true });
  };

  it('curl gets a JPEG in the size of the image, and a PNG where it asks for one', async () => {
    const picture = await jpegOf(`${addressOf(ct[0]!)}/rendered`);
    expect([picture.width, picture.height, new Set(picture.data).size > 8]).toEqual([64, 64, true]);
    const file = join(folder, 'one.png');
    const auth = ['-H', `Authorization: Bearer ${read}`, '-H', 'Accept: image/png'];
    await run('curl', ['-sSf', ...auth, '-o', file, `${addressOf(ct[0]!)}/frames/1/rendered`]);
    const png = PNG.sync.read(readFileSync(file));
    expect([png.width, png.height, new Set(png.data).size > 8]).toEqual([64, 64, true]);
  });

  it('fits into a viewport and applies a window', async () => {
    const wide = await jpegOf(`${addressOf(ct[1]!)}/rendered?viewport=300,100`);
    expect([wide.width, wide.height]).toEqual([100, 100]);
    const window = (text: string) => jpegOf(`${addressOf(ct[1]!)}/rendered?window=${text}`);
    const [bone, lung] = [await window('500,1500'), await window('-600,1500,linear')];
    expect(Buffer.compare(bone.data, lung.data)).not.toBe(0);
  });

  it('dicomweb-client gets pictures and thumbnails', async () => {
    const client = new api.DICOMwebClient({
      url: base,
      singlepart: false,
      headers: { Authorization: `Bearer ${read}` },
    }) as unknown as Client;
    const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = uidsOf(ct[0]!);
    const uids = {
      studyInstanceUID: studyInstanceUid,
      seriesInstanceUID: seriesInstanceUid,
      sopInstanceUID: sopInstanceUid,
    };
    const mediaTypes = [{ mediaType: 'image/png' }];
    const [frame] = await client.retrieveInstanceFramesRendered({ ...uids, frameNumbers: [1], mediaTypes });
    const [own] = await client.retrieveInstanceRendered({ ...uids, mediaTypes });
    for (const picture of [frame, own]) expect(PNG.sync.read(Buffer.from(picture!)).width).toBe(64);
    for (const path of [
      '',
      `/series/${seriesInstanceUid}`,
      `/series/${seriesInstanceUid}/instances/${sopInstanceUid}`,
    ])
      expect((await jpegOf(`${base}/studies/${studyInstanceUid}${path}/thumbnail`)).width).toBe(256);
  });

  withData('paints what real devices make, and says where it cannot', async () => {
    const files = [
      'modality/ecg-12lead.dcm',
      'modality/mg-4664x3064-jpeg12.dcm',
      'modality/us-palette.dcm',
      'transfer-syntax/jpegls-near-ct.dcm',
    ].map((name) => join('dicom', name));
    const answers: Record<string, unknown> = {};
    for (const path of files) {
      const bytes = readFileSync(join(data!, path));
      await stow(bytes);
      const answer = await get(`${addressOf(bytes)}/rendered`);
      answers[path] = answer.status;
      if (answer.status !== 200) {
        expect(await answer.json()).toMatchObject({ code: 'exchange.not-rendered' });
        continue;
      }
      const { width, height } = decode(Buffer.from(await answer.arrayBuffer()), {
        useTArray: true,
        maxMemoryUsageInMB: 1024,
      });
      expect(Math.max(width, height)).toBeLessThanOrEqual(4096);
    }
    // It has no pixels.
    expect(answers['dicom/modality/ecg-12lead.dcm']).toBe(406);
    expect(Object.entries(answers).filter(([, status]) => status === 406)).toHaveLength(1);
  });
});

type Uids = Record<'studyInstanceUID' | 'seriesInstanceUID' | 'sopInstanceUID', string>;
interface Client {
  retrieveInstanceRendered(options: Uids & { mediaTypes: object[] }): Promise<ArrayBuffer[]>;
  retrieveInstanceFramesRendered(
    options: Uids & { frameNumbers: number[]; mediaTypes: object[] },
  ): Promise<ArrayBuffer[]>;
}
