import { In, type EntityManager } from 'typeorm';
import type { Account, Patient } from '@vitrine/identity';
import type { Instant } from '@vitrine/kernel';
import type { Addition, ItemOrigin, NewFile } from '@vitrine/records';
import { Import, waitsForAnswer } from './import.entity.js';

/** What an import brings, as the record is told of it. */
export function additionOf(
  found: Import,
  account: Account,
  patient: Patient,
  files: readonly NewFile[],
  now: Instant,
): Addition {
  const { id: importId, patientId, accountId, depositCodeId } = found;
  return {
    patientId,
    importId,
    state: waitsForAnswer(found) ? 'pending' : 'kept',
    origin: { ...originOf(found, account), at: now },
    person: { name: patient.name, birthDate: patient.birthDate },
    files,
    ...(depositCodeId === null
      ? {}
      : { sameDepositor: (within, ids) => importsOf(within, ids, { accountId, depositCodeId }) }),
  };
}

function originOf(
  { depositCodeId, sessionId, viewerTitle }: Import,
  { name, organisation }: Account,
): Omit<ItemOrigin, 'at'> {
  if (sessionId !== null) return { kind: 'viewer', name: viewerTitle ?? '' };
  if (depositCodeId !== null) return { kind: 'provider', name: organisation ?? name };
  return { kind: 'self', name };
}

async function importsOf(
  manager: EntityManager,
  importIds: readonly string[],
  depositor: Pick<Import, 'accountId' | 'depositCodeId'>,
): Promise<ReadonlySet<string>> {
  const { accountId, depositCodeId } = depositor;
  if (depositCodeId === null) return new Set();
  const found = await manager.findBy(Import, { id: In([...importIds]), accountId, depositCodeId });
  return new Set(found.map(({ id }) => id));
}
