import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId, Problem } from '@vitrine/kernel';
import { blobContext, newKey, sealed, SealingPool } from '@vitrine/sealing';
import { SealedRecordCopier } from './record-copier.js';

const pool = new SealingPool(1);
const CONTENT = Buffer.from('what was stored of Jane');

describe('the copier of sealed files', () => {
  const root = mkdtempSync(join(tmpdir(), 'vcopy-'));
  const vault = join(root, 'vault');
  const staging = join(root, 'staging');
  const copier = new SealedRecordCopier(vault, staging, pool);
  const key = newKey();
  let patientId: string;
  let blobId: string;
  let target: string;

  beforeEach(async () => {
    [patientId, blobId] = [newId(), newId()];
    target = join(root, newId());
    for (const folder of [join(vault, patientId), target]) mkdirSync(folder, { recursive: true });
    const parts: Buffer[] = [];
    const plain = (async function* () {
      yield await Promise.resolve(CONTENT);
    })();
    for await (const part of sealed(plain, { key, context: blobContext(patientId, blobId, 1) }))
      parts.push(Buffer.from(part));
    writeFileSync(place(), Buffer.concat(parts));
  });
  afterAll(async () => {
    await pool.close();
    rmSync(root, { recursive: true });
  });

  const place = (patient = patientId, blob = blobId) => join(vault, patient, blob);
  const object = (change: object = {}) => ({
    blobId,
    bytes: CONTENT.length,
    version: 1,
    key: key.export().toString('base64'),
    path: 'item-1/000001.txt',
    ...change,
  });
  const copy = (change: object = {}, patient = patientId) =>
    copier.layOut(patient, [object(change)], target, AbortSignal.timeout(20_000)).then(
      () => 'opened',
      (error: unknown) => Problem.from(error).code,
    );

  it('opens a stored file under its neutral name, for everybody who can reach it', async () => {
    expect(await copy()).toBe('opened');
    expect(readFileSync(join(target, 'item-1/000001.txt'))).toEqual(CONTENT);
  });

  it('opens what was brought from another machine, bound as it is there', async () => {
    const staged = `${newId()}-${newId()}.copy`;
    mkdirSync(staging, { recursive: true });
    renameSync(place(), join(staging, staged));
    expect(await copy({ staged })).toBe('opened');
    expect(await copy({ staged, path: 'item-1/2.txt' }, newId())).toBe('vault.damaged');
    expect(await copy({ staged: `../vault/${patientId}/${blobId}` })).toBe('kernel.unexpected');
  });

  it('opens nothing with another key, version or length', async () => {
    expect(await copy({ key: Buffer.alloc(32).toString('base64') })).toBe('vault.damaged');
    expect(await copy({ version: 2 })).toBe('vault.damaged');
    expect(await copy({ bytes: CONTENT.length + 1 })).toBe('vault.damaged');
  });

  it('opens nothing that was moved to another patient or another name', async () => {
    const [other, name] = [newId(), newId()];
    mkdirSync(join(vault, other));
    renameSync(place(), place(other, blobId));
    expect(await copy({}, other)).toBe('vault.damaged');
    expect(await copy()).toBe('vault.damaged');
    renameSync(place(other, blobId), place(patientId, name));
    expect(await copy({ blobId: name })).toBe('vault.damaged');
  });

  it('is neither led away by a link nor held up by a pipe or a hole in the place of a file', async () => {
    const [elsewhere, pipe] = [join(root, newId()), newId()];
    renameSync(place(), elsewhere);
    symlinkSync(elsewhere, place());
    expect(await copy()).toBe('vault.damaged');
    spawnSync('mkfifo', [place(patientId, pipe)]);
    expect(await copy({ blobId: pipe })).toBe('vault.damaged');
    const hole = newId();
    writeFileSync(place(patientId, hole), '');
    truncateSync(place(patientId, hole), 2 ** 40);
    expect(await copy({ blobId: hole })).toBe('vault.damaged');
  });
});
