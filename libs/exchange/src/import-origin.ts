import { In, type EntityManager } from 'typeorm';
import type { Account } from '@vitrine/identity';
import type { ItemOrigin } from '@vitrine/records';
import { Import } from './import.entity.js';

/** Where the record says that its items are from. */
export function originOf(
  { depositCodeId, sessionId, viewerTitle }: Import,
  { name, organisation }: Account,
): Omit<ItemOrigin, 'at'> {
  if (sessionId !== null) return { kind: 'viewer', name: viewerTitle ?? '' };
  if (depositCodeId !== null) return { kind: 'provider', name: organisation ?? name };
  return { kind: 'self', name };
}

/** Those of the imports that the same depositor brought under the same code. */
export async function importsOf(
  manager: EntityManager,
  importIds: readonly string[],
  depositor: Pick<Import, 'accountId' | 'depositCodeId'>,
): Promise<ReadonlySet<string>> {
  const { accountId, depositCodeId } = depositor;
  if (depositCodeId === null) return new Set();
  const found = await manager.findBy(Import, { id: In([...importIds]), accountId, depositCodeId });
  return new Set(found.map(({ id }) => id));
}
