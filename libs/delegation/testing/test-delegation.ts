import { readSettings, newId } from '@vitrine/kernel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Account, Patient } from '@vitrine/identity';
import { testPeople, type TestPeople } from '@vitrine/identity/testing';
import { AccessToken } from '../src/access-token.entity.js';
import { AccessTokens } from '../src/access-tokens.service.js';
import { DepositCode } from '../src/deposit-code.entity.js';
import { DepositCodes } from '../src/deposit-codes.service.js';
import { Grant } from '../src/grant.entity.js';
import { ShareLink } from '../src/share-link.entity.js';
import { ShareLinks, type Owner, type ShareLinkDraft } from '../src/share-links.service.js';
import { Visits } from '../src/visits.service.js';
import { RecordingConnections, SomeItems } from './doubles.js';

export const DELEGATION_ENTITIES = [ShareLink, Grant, DepositCode, AccessToken];

/** Two patients, one of whom shares, on a real database. */
export interface TestDelegation {
  readonly people: TestPeople;
  readonly connections: RecordingConnections;
  readonly links: ShareLinks;
  readonly visits: Visits;
  readonly codes: DepositCodes;
  readonly tokens: AccessTokens;
  readonly jane: Owner;
  readonly joe: Owner;
  readonly janesItems: readonly [string, string];
  /** A link of Jane's over her first item, and the secret in its URL. */
  link(draft?: Partial<ShareLinkDraft>): Promise<{ link: ShareLink; secret: string }>;
  close(): Promise<void>;
}

export async function testDelegation(): Promise<TestDelegation> {
  const people = await testPeople(...DELEGATION_ENTITIES);
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-delegation-'));
  const settings = readSettings({ VITRINE_DATA_DIR: folder, VITRINE_PUBLIC_URL: 'https://vitrine.test' });
  const { dataSource, transactor } = people.database;
  const linkRows = dataSource.getRepository(ShareLink);
  const grantRows = dataSource.getRepository(Grant);
  const jane = await people.patient('Jane Doe');
  const joe = await people.patient('Joe Bloggs');
  const janesItems = [newId(), newId()] as const;
  const items = new SomeItems().give(jane.patient.id, ...janesItems);
  const connections = new RecordingConnections();
  const links = new ShareLinks(
    linkRows,
    grantRows,
    transactor,
    people.audit,
    people.hasher,
    people.clock,
    settings,
    items,
    connections,
  );
  const codes = new DepositCodes(
    dataSource.getRepository(DepositCode),
    transactor,
    people.audit,
    people.clock,
    settings,
  );
  return {
    people,
    connections,
    links,
    visits: new Visits(linkRows, grantRows, transactor, people.audit, people.hasher, people.clock),
    codes,
    tokens: new AccessTokens(
      dataSource.getRepository(AccessToken),
      dataSource.getRepository(DepositCode),
      dataSource.getRepository(Account),
      dataSource.getRepository(Patient),
      transactor,
      codes,
      people.audit,
      people.clock,
    ),
    jane,
    joe,
    janesItems,
    link: async (draft = {}) => {
      const { link, url } = await links.create(jane, {
        itemIds: [janesItems[0]],
        viewerId: 'ohif',
        label: 'Dr Weber',
        control: 'view',
        watermark: true,
        expiresInMinutes: 60,
        maximumUses: 1,
        ...draft,
      });
      return { link, secret: url.split('#')[1]! };
    },
    close: async () => {
      await people.database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
