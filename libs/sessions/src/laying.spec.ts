import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId, Problem } from '@vitrine/kernel';
import { RecordFile, RecordItem } from '@vitrine/records';
import { digestOfBlobs, type ArrivingFile, type SessionHost } from '@vitrine/session-host';
import { testSessionHost } from '@vitrine/session-host/testing';
import { FakeCopier, plainBytesOf } from '../testing/index.js';
import { KEYLESS } from '../testing/session-harness.js';
import { layRecord, type LayingParts } from './laying.js';
import type { ChosenRecord } from './record-source.js';
import { Session } from './session.entity.js';

const MIB = 1024 * 1024;
const SERIES = 4;
const SLICES = 3;
const PARTS = SERIES;

describe('layRecord', () => {
  const item = Object.assign(new RecordItem(), {
    id: newId(),
    kind: 'imaging',
    title: 'CT',
    studyInstanceUid: '1.2',
  });
  const files = Array.from({ length: SERIES * SLICES }, (_, index) =>
    Object.assign(new RecordFile(), {
      id: `file ${index}`,
      itemId: item.id,
      blobId: `blob ${index}`,
      untrustedName: `IM${index}`,
      format: 'dicom' as const,
      bytes: 30 * MIB,
      seriesInstanceUid: `1.2.${Math.floor(index / SLICES)}`,
      seriesNumber: Math.floor(index / SLICES),
      instanceNumber: index % SLICES,
      modality: 'CT',
    }),
  );
  const session = Object.assign(new Session(), {
    id: newId(),
    patientId: newId(),
    itemIds: [item.id],
    startedBy: { kind: 'account', id: newId(), name: 'Jane' },
    plan: { bytes: 1, files: files.length },
  });
  const signal = new AbortController().signal;
  let root: string;
  let place: string;
  let host: SessionHost;
  let copier: FakeCopier;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'vitrine-laying-'));
    place = join(root, 'sessions', session.id, 'files');
    copier = new FakeCopier();
    const settings = { runDir: root, dataDir: root, scratchDir: join(root, 'scratch') };
    const opened = testSessionHost({ driver: new FakeDriver(), mounts: new FakeMounts(), settings, copier });
    host = opened.host;
    await host.prepare(session.id, { signal });
    session.permit = opened.permits.sign({
      sessionId: session.id,
      by: { kind: 'account', id: session.startedBy.id },
      patientId: session.patientId,
      imageDigest: `sha256:${'a'.repeat(64)}`,
      isolation: 'standard',
      blobs: digestOfBlobs(files.map(({ blobId }) => blobId)),
      egress: [],
      until: new Date(Date.now() + 60_000).toISOString(),
    });
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const parts = (chosen: readonly RecordFile[] = files): LayingParts => ({
    records: { choose: () => Promise.resolve<ChosenRecord>({ items: [item], files: chosen }) },
    lender: KEYLESS,
    host,
    readings: { of: () => Promise.resolve(new Map()) },
  });
  const lay = (chosen?: readonly RecordFile[]) => layRecord(session, parts(chosen), signal);
  const arriving = () => JSON.parse(readFileSync(join(place, 'arriving.json'), 'utf8')) as ArrivingFile;
  const there = () => readdirSync(join(place, 'item-1')).sort();
  /** Lets the copier begin so many parts and stop at the next, as a process that is killed does. */
  const dieAfter = (count: number) => {
    let begun = 0;
    copier.before = () => (++begun > count ? Promise.reject(new Error('killed')) : Promise.resolve());
  };

  it('tells of a part when it lies there whole, and of everything when everything does', async () => {
    const seen: unknown[] = [];
    copier.before = () => {
      const told = existsSync(join(place, 'arriving.json')) ? arriving() : undefined;
      const promised = told?.items[0]?.files.filter(({ part }) => part < told.arrived) ?? [];
      expect(promised.every(({ path }) => existsSync(join(place, path)))).toBe(true);
      seen.push([told?.arrived, existsSync(join(place, 'open.json')), promised.length]);
      return Promise.resolve();
    };
    await lay();
    expect(seen).toEqual([
      [undefined, false, 0],
      [1, false, SLICES],
      [2, false, 2 * SLICES],
      [3, false, 3 * SLICES],
    ]);
    expect(await host.isLaidOut(session.id, { signal })).toBe(true);
    expect(there()).toHaveLength(SERIES * SLICES);
  });

  it('never tells that everything is there when a part is missing', async () => {
    dieAfter(PARTS - 1);
    await expect(lay()).rejects.toThrow('killed');
    expect(await host.isLaidOut(session.id, { signal })).toBe(false);
    expect(arriving().arrived).toBe(PARTS - 1);
  });

  it('goes on where another process was killed, and leaves what is looked at alone', async () => {
    dieAfter(2);
    await expect(lay()).rejects.toThrow('killed');
    // A file of the third part was begun.
    await host.writePage(session.id, 'item-1/000007.dcm', Buffer.from('half'), { signal });
    const before = copier.laidOut.length;
    copier.before = () => Promise.resolve();
    await lay();
    expect(copier.laidOut.slice(before)).toEqual(
      [7, 8, 9, 10, 11, 12].map((number) => `item-1/0000${String(number).padStart(2, '0')}.dcm`),
    );
    expect(readFileSync(join(place, 'item-1/000007.dcm'), 'utf8')).toBe(plainBytesOf('blob 6'));
    expect(await host.isLaidOut(session.id, { signal })).toBe(true);
  });

  it('begins anew when the record has become another meanwhile', async () => {
    dieAfter(2);
    await expect(lay()).rejects.toThrow('killed');
    copier.before = () => Promise.resolve();
    const before = copier.laidOut.length;
    // Its files are the same, as the permit says; what is said of them is not.
    const last = Object.assign(new RecordFile(), files.at(-1), {
      seriesInstanceUid: '1.2.9',
      seriesNumber: -1,
    });
    await lay([...files.slice(0, -1), last]);
    expect(copier.laidOut.length - before).toBe(files.length);
    expect(there()).toHaveLength(files.length);
  });

  it('lays nothing out that may not be seen', async () => {
    const refused = new Problem('delegation.not-visible');
    const records = { choose: () => Promise.reject<ChosenRecord>(refused) };
    await expect(layRecord(session, { ...parts(), records }, signal)).rejects.toBe(refused);
    expect(await host.isLaidOut(session.id, { signal })).toBe(false);
  });
});
