import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeDriver, FakeMounts, FakeWorkshop } from '@vitrine/hypervisor/testing';
import { newId, Problem } from '@vitrine/kernel';
import { ForgetfulCopier, testSessionHost } from '../../testing/index.js';
import { commandOf, readManifestLabel } from '../manifest.js';
import { digestOfBlobs, type PermitSigner } from '../permits.js';
import { BadMessage } from '../protocol/decode.js';
import { QUESTIONS } from '../protocol/questions.js';
import type { SessionHost } from '../session-host.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const soon = () => ({ signal: AbortSignal.timeout(10_000) });
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => Problem.from(error).code,
  );

describe('builds', () => {
  let folder: string;
  let driver: FakeDriver;
  let workshop: FakeWorkshop;
  let host: SessionHost;
  let permits: PermitSigner;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vsb-'));
    driver = new FakeDriver();
    workshop = new FakeWorkshop(driver.engine);
    const image = { bytes: 1, createdAt: new Date(0), labels: {} };
    driver.engine.images.set('vitrine/guacd:1', { ...image, digest: `sha256:${'c'.repeat(64)}` });
    driver.engine.images.set('vitrine/plain:1', { ...image, digest: DIGEST });
    ({ host, permits } = testSessionHost({
      driver,
      workshop,
      mounts: new FakeMounts(),
      settings: { runDir: folder, dataDir: folder, scratchDir: join(folder, 'scratch') },
      copier: new ForgetfulCopier(),
      images: { viewers: [], guacd: 'vitrine/guacd:1', toolbox: 'vitrine/toolbox:1' },
    }));
  });
  afterEach(() => {
    driver.engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const signed = (sessionId: string, patientId: string, blobIds: readonly string[]) =>
    permits.sign({
      sessionId,
      by: { kind: 'account', id: newId() },
      patientId,
      imageDigest: DIGEST,
      isolation: 'standard',
      blobs: digestOfBlobs(blobIds),
      egress: [],
      until: new Date(Date.now() + 60_000).toISOString(),
    });

  it('builds beside viewers: one id is either, and a build is found, listed and removed like a session', async () => {
    const [id, viewed, patientId] = [newId(), newId(), newId()];
    const base = { imageDigest: DIGEST, isolation: 'standard', registration: null } as const;
    const permitFor = (sessionId: string) =>
      permits.signBuild({
        sessionId,
        by: { kind: 'account', id: newId() },
        imageDigest: DIGEST,
        until: new Date(Date.now() + 60_000).toISOString(),
      });
    const viewer = { role: 'viewer', ...base, egress: false } as const;
    const claim = { patientId, blobIds: [], bytes: 0, files: 0, scratch: false };
    expect((await host.openBuild(id, permitFor(id), base, soon())).breaches).toEqual([]);
    expect(await host.isLaidOut(id, soon())).toBe(true);
    await host.openBuild(id, permitFor(id), base, soon());
    await host.start(id, { role: 'guacd' }, soon());
    expect(await host.observe(id, 'viewer', soon())).toEqual({ status: 'running' });
    await host.answers(id, 'viewer', soon());
    expect((await host.list(soon())).guests.map(({ role }) => role).sort()).toEqual(['guacd', 'viewer']);
    const wrong = 'sessions.not-permitted';
    expect(await refusal(host.start(id, viewer, soon()))).toBe(wrong);
    expect(await refusal(host.attach(id, signed(id, patientId, []), claim, soon()))).toBe(wrong);
    expect(await refusal(host.writePage(id, 'a/b.html', Buffer.alloc(1), soon()))).toBe(wrong);

    await host.prepare(viewed, soon());
    await host.attach(viewed, signed(viewed, patientId, []), claim, soon());
    expect(await refusal(host.openBuild(viewed, permitFor(viewed), base, soon()))).toBe(wrong);
    for (const one of [id, viewed]) await host.remove(one, soon());
    expect(await host.list(soon())).toEqual({ guests: [], folders: [] });
  });

  it('freezes a build under a name of its own making, and none twice', async () => {
    const id = newId();
    const until = new Date(Date.now() + 60_000).toISOString();
    const permit = permits.signBuild({
      sessionId: id,
      by: { kind: 'account', id },
      imageDigest: DIGEST,
      until,
    });
    const image = {
      id: 'mine',
      version: '1.2',
      title: 'Mine',
      sentence: 'Shows.',
      licence: 'MIT',
      formats: ['pdf'],
      rank: 10,
      resources: { cpus: 1, memoryMiB: 256, pids: 64, scratchMiB: 32 },
      network: 'none' as const,
      maximumMinutes: 30,
      command: ['feh', '{files}'],
    };
    await host.openBuild(
      id,
      permit,
      { imageDigest: DIGEST, isolation: 'standard', registration: null },
      soon(),
    );
    const { reference, digest } = await host.freezeBuild(id, permit, image, soon());
    expect(reference).toBe('vitrine-studio/mine:1.2');
    const made = await host.findImage(digest, soon());
    expect(readManifestLabel(made?.labels['org.vitrine.manifest'])).toMatchObject({
      id: 'mine',
      maximumMinutes: 30,
    });
    expect(commandOf(made?.labels['org.vitrine.manifest'])).toEqual(['feh', '{files}']);
    expect(await refusal(host.freezeBuild(id, permit, image, soon()))).toBe('viewers.id-taken');
    await host.remove(id, soon());
    expect(await refusal(host.freezeBuild(id, permit, image, soon()))).toBe('sessions.not-permitted');
  });

  it('are opened by a permit of their own kind, for this image, and not after its end', async () => {
    const id = newId();
    const by = { kind: 'account', id };
    const base = { imageDigest: DIGEST, isolation: 'standard', registration: null } as const;
    const until = new Date(Date.now() + 60_000).toISOString();
    const open = (permit: string) => refusal(host.openBuild(id, permit, base, soon()));
    const other = `sha256:${'e'.repeat(64)}`;
    for (const permit of [
      '',
      signed(id, newId(), []),
      permits.signBuild({ sessionId: newId(), by, imageDigest: DIGEST, until }),
      permits.signBuild({ sessionId: id, by, imageDigest: other, until }),
      permits.signBuild({ sessionId: id, by, imageDigest: DIGEST, until: '2020-01-01T00:00:00.000Z' }),
    ])
      expect(await open(permit)).toBe('sessions.not-permitted');
    const build = permits.signBuild({ sessionId: id, by, imageDigest: DIGEST, until });
    const claim = { patientId: newId(), blobIds: [], bytes: 0, files: 0, scratch: false };
    await host.prepare(id, soon());
    expect(await refusal(host.attach(id, build, claim, soon()))).toBe('sessions.not-permitted');
    expect(workshop.opened).toEqual([]);
  });

  it('see the host’s own sample, their display and the desk, and no other folder', async () => {
    const id = newId();
    const until = new Date(Date.now() + 60_000).toISOString();
    const permit = permits.signBuild({
      sessionId: id,
      by: { kind: 'account', id },
      imageDigest: DIGEST,
      until,
    });
    await host.openBuild(
      id,
      permit,
      { imageDigest: DIGEST, isolation: 'standard', registration: null },
      soon(),
    );
    const [{ samplesPath, displayPath, deskPath } = {}] = workshop.opened as Partial<
      (typeof workshop.opened)[0]
    >[];
    expect([samplesPath, displayPath]).toEqual(
      ['record', 'display'].map((name) => join(folder, 'sessions', id, name)),
    );
    expect(deskPath).toMatch(/vm-images\/studio$/);
  });

  it('are not shown when a wall is missing', async () => {
    driver.engine.behaviour.breaches = ['it is privileged'];
    const id = newId();
    const until = new Date(Date.now() + 60_000).toISOString();
    const permit = permits.signBuild({
      sessionId: id,
      by: { kind: 'account', id },
      imageDigest: DIGEST,
      until,
    });
    const base = { imageDigest: DIGEST, isolation: 'standard', registration: null } as const;
    expect(await refusal(host.openBuild(id, permit, base, soon()))).toBe('hypervisor.unsafe-guest');
  });

  it.each([
    ['openBuild', { permit: null, base: { imageDigest: DIGEST, isolation: 'standard', registration: null } }],
    [
      'openBuild',
      { permit: 'a.b', base: { imageDigest: 'alpine:3', isolation: 'standard', registration: null } },
    ],
    [
      'openBuild',
      { permit: 'a.b', base: { imageDigest: DIGEST, isolation: 'standard', registration: null, mounts: [] } },
    ],
    ['freezeBuild', { permit: 'a.b', image: { id: '../x' } }],
    ['packages', { imageDigest: DIGEST, path: '/etc/shadow' }],
  ] as const)('hear no %s that is not exactly of its form: %j', (name, question) => {
    const asked = name === 'packages' ? question : { sessionId: newId(), ...question };
    expect(() => QUESTIONS[name](asked, name)).toThrow(BadMessage);
  });
});
