import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DATABASE_FILE } from '@vitrine/persistence';
import { ApiClient } from '../support/api-client.js';
import { openDatabase } from '../support/database.js';
import { PARTS, Stack } from '../support/stack.js';

const PAGE = 4096;

/** The file with every page changed but the first, which holds what the key is derived with. */
const eachPage = (file: Buffer, change: (page: Buffer, index: number) => Buffer): Buffer =>
  Buffer.concat(
    Array.from({ length: file.length / PAGE }, (_, index) => {
      const page = file.subarray(index * PAGE, (index + 1) * PAGE);
      return index === 0 ? page : change(page, index);
    }),
  );

const flipped = (file: Buffer): Buffer =>
  eachPage(file, (page) => {
    const other = Buffer.from(page);
    other[PAGE / 2] = (other[PAGE / 2] ?? 0) ^ 1;
    return other;
  });

const reordered = (file: Buffer): Buffer =>
  eachPage(file, (page, index) => {
    const other = index % 2 === 1 ? index + 1 : index - 1;
    return (other + 1) * PAGE > file.length ? page : file.subarray(other * PAGE, (other + 1) * PAGE);
  });

const halved = (file: Buffer): Buffer => file.subarray(0, Math.floor(file.length / PAGE / 2) * PAGE);

describe('a record of acts that somebody changes', () => {
  let stack: Stack;
  let patient: ApiClient;

  beforeAll(async () => {
    stack = await Stack.start();
    patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    for (let n = 0; n < 5; n++) await patient.call('POST', '/api/deposit-codes', { label: `Hospital ${n}` });
  }, 360_000);
  afterAll(() => stack.close());

  const acts = () => patient.call('GET', '/api/audit');
  const start = async (): Promise<void> => {
    for (const name of PARTS) await stack.startPart(name);
    await stack.waitUntilHealthy();
  };

  it.each([
    [`UPDATE "audit_event" SET "outcome" = 'refused'`],
    [`DELETE FROM "audit_event" WHERE "sequence" = 1`],
    [`UPDATE "audit_event" SET "sequence" = 1000 WHERE "sequence" = 1`],
  ])('F21: beside the product, with its key, by %s, is refused', async (statement) => {
    const before = await acts();
    const database = await openDatabase(stack);
    expect(() => database.exec(statement)).toThrow('append-only');
    database.close();
    expect(await acts()).toEqual(before);
  });

  it.each([
    ['a bit of each page', flipped],
    ['the order of the pages', reordered],
    ['what is not the first half', halved],
  ])(
    'F21: in its file, by %s, is not shown as if it were whole; put back, it is as it was',
    async (_, change) => {
      const before = await acts();
      await stack.end();
      const file = join(stack.dataDir, DATABASE_FILE);
      const copy = join(stack.folder, 'copy.db');
      copyFileSync(file, copy);
      writeFileSync(file, change(readFileSync(file)));
      await expect(start().then(acts)).rejects.toThrow();
      for (const name of PARTS) await stack.kill(name);

      writeFileSync(file, readFileSync(copy));
      await start();
      expect(await acts()).toEqual(before);
    },
  );

  /** As an operator does it. */
  const verify = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/verify-acts.mjs', ...args], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...process.env, ...stack.operatorEnv },
    });
    return { status, said: `${stdout}${stderr}` };
  };
  const newestLine = async () => ((await acts()) as { events: { sequence: number }[] }).events[0]?.sequence;
  const file = () => join(stack.dataDir, DATABASE_FILE);

  it('F21: an older database that is put back is refused, until the operator says that it is meant', async () => {
    await stack.end();
    const older = readFileSync(file());
    await start();
    const before = await newestLine();
    await patient.call('POST', '/api/deposit-codes', { label: 'Hospital of today' });
    await stack.end();
    const newest = readFileSync(file());

    writeFileSync(file(), older);
    await expect(start()).rejects.toThrow('This database is older than the one with which Vitrine ran here');
    for (const name of PARTS) await stack.kill(name);
    expect(verify()).toMatchObject({
      status: 1,
      said: expect.stringContaining('this database does not know'),
    });

    writeFileSync(file(), newest);
    await start();
    expect(await newestLine()).toBeGreaterThan(before ?? 0);
    expect(verify()).toMatchObject({ status: 0, said: expect.stringContaining('is as it was signed') });
    await stack.end();

    writeFileSync(file(), older);
    expect(verify('--accept').status).toBe(0);
    await start();
    expect(await newestLine()).toBe(before);
    expect(verify().status).toBe(0);
  });

  it('F21: with the key of the database and below its triggers, is found by who verifies it, and where', async () => {
    // What is signed when it ends.
    await stack.end();
    await start();
    const database = await openDatabase(stack);
    database.exec('DROP TRIGGER "audit_event_no_update"');
    database.exec(`UPDATE "audit_event" SET "outcome" = 'refused' WHERE "sequence" = 1`);
    database.close();
    expect(verify()).toMatchObject({
      status: 1,
      said: expect.stringMatching(/Lines 1 to \d+ are not as they were signed at .*, and some were changed/),
    });
  });
});
