import type { Deposit, ItemView } from '@vitrine/records';
import type { Import, ImportNote, ImportState } from './import.entity.js';

/** What a provider sees of something that was deposited. */
export interface DepositView {
  readonly title: string;
  readonly count: number;
  readonly decision: Deposit['decision'];
  readonly decidedAt: string | null;
}

/** An import as the account that began it sees it. */
export interface ImportView {
  readonly id: string;
  readonly state: ImportState;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly filesReceived: number;
  readonly filesExamined: number;
  readonly filesStored: number;
  readonly filesDuplicate: number;
  readonly notes: readonly ImportNote[];
  readonly notesOmitted: number;
  /** What is in the patient's own record now; empty for a deposit, whose sender does not see the record. */
  readonly items: readonly ItemView[];
  /** For a deposit: what was sent and what the patient answered. */
  readonly deposits: readonly DepositView[];
}

export const importView = (
  found: Import,
  items: readonly ItemView[],
  deposits: readonly Deposit[],
): ImportView => ({
  id: found.id,
  state: found.state,
  createdAt: found.createdAt,
  finishedAt: found.finishedAt,
  filesReceived: found.filesReceived,
  filesExamined: found.filesExamined,
  filesStored: found.filesStored,
  filesDuplicate: found.filesDuplicate,
  notes: found.notes,
  notesOmitted: found.notesOmitted,
  items,
  deposits: deposits.map(({ title, count, decision, decidedAt }) => ({ title, count, decision, decidedAt })),
});
