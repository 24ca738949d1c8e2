import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { AuditEvent } from '@vitrine/audit';
import { Grant, ShareLink } from '@vitrine/delegation';
import { LoopDisk, StoringChild } from '@vitrine/vault/testing';
import type { SharingSaid } from '../../testing/said.js';
import { wholeApp } from '../../testing/whole-app.js';

jest.setTimeout(300_000);

const CHILD = resolve(import.meta.dirname, '../../testing/share-until-killed.ts');
const SNAPSHOTS = 2;
const ACTS_BETWEEN = 60;
const disk = LoopDisk.open();

(disk === undefined ? describe.skip : describe)(
  'Links that are made, used and ended while the power fails',
  () => {
    let child: StoringChild;
    const said = () => child.lines().map((line) => JSON.parse(line) as SharingSaid);

    beforeAll(() => {
      child = StoringChild.start(CHILD, disk?.folder ?? '');
    });
    afterAll(async () => {
      await child.kill();
      disk?.close();
    });

    it('are what was acknowledged, with a line for each act, in a database that is sound', async () => {
      for (let turn = 1; turn <= SNAPSHOTS; turn++) {
        await child.until(() => child.count('{"act":"link.revoked"') >= turn * ACTS_BETWEEN);
        await disk?.afterPowerCut(child.process, said, ({ folder }, promised) => check(folder, promised));
      }
    });

    it('are so, too, when the process is killed', async () => {
      await child.kill();
      await check(disk?.folder ?? '', said());
    });

    async function check(folder: string, promised: readonly SharingSaid[]): Promise<void> {
      const whole = await wholeApp({ folder: join(folder, 'whole') });
      try {
        const database = whole.app.get(DataSource);
        expect(await database.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
        const links = await database.getRepository(ShareLink).find();
        const grants = await database.getRepository(Grant).find();
        const lines = await database.getRepository(AuditEvent).find({ order: { sequence: 'ASC' } });
        expect(lines.map(({ sequence }) => sequence)).toEqual(lines.map((_, index) => index + 1));
        const ofLinks = lines.flatMap(({ action, entities }) =>
          entities.filter(({ kind }) => kind === 'link').map(({ id }) => `${action} ${id}`),
        );
        // What was acknowledged was written down as well.
        const written = new Set(ofLinks);
        expect(promised.filter(({ act, id }) => !written.has(`${act} ${id}`))).toEqual([]);
        // And what was written down is so, acknowledged or not: neither an act without its line nor the other way round.
        const are = [
          ...links.map(({ id }) => `link.made ${id}`),
          ...grants.map(({ linkId }) => `link.opened ${linkId}`),
          ...links.filter(({ revokedAt }) => revokedAt !== null).map(({ id }) => `link.revoked ${id}`),
        ];
        expect(ofLinks.sort()).toEqual(are.sort());
      } finally {
        await whole.app.close();
      }
    }
  },
);
