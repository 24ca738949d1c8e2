import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { Account } from '@vitrine/identity';
import { isId, Problem, type ProblemCode } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { ImportReport } from './import-report.js';
import { Import, type ImportNote } from './import.entity.js';

const TOLD_AT_ONCE = 20;

/** What a patient would miss: it was saved in a viewer or sent by a hospital, and could not be kept. */
export interface Loss {
  readonly id: string;
  readonly at: string;
  readonly from: { readonly kind: 'viewer' | 'provider'; readonly name: string };
  /** False where some of it was kept. */
  readonly isWhole: boolean;
  readonly notes: readonly ImportNote[];
  readonly notesOmitted: number;
}

/** Tells patients of what could not be kept and will not come again by itself, until they have read it. */
@Injectable()
export class Losses {
  constructor(
    @InjectRepository(Import) private readonly imports: Repository<Import>,
    @InjectRepository(Account) private readonly accounts: Repository<Account>,
    private readonly transactor: Transactor,
  ) {}

  /** The latest first. */
  async unread(patientId: string): Promise<Loss[]> {
    const found = await this.imports.find({
      where: { patientId, loss: 'unread' },
      order: { createdAt: 'DESC' },
      take: TOLD_AT_ONCE,
    });
    const accounts = await this.accounts.findBy({ id: In(found.map(({ accountId }) => accountId)) });
    const names = new Map(accounts.map(({ id, name, organisation }) => [id, organisation ?? name]));
    return found.map(({ id, createdAt, accountId, sessionId, viewerTitle, itemIds, ...one }) => ({
      id,
      at: createdAt,
      from:
        sessionId === null
          ? { kind: 'provider', name: names.get(accountId) ?? '' }
          : { kind: 'viewer', name: viewerTitle ?? '' },
      isWhole: itemIds.length === 0,
      notes: reasons(one.notes),
      notesOmitted: one.notesOmitted,
    }));
  }

  /** The patient has read it. Throws `delegation.not-visible` where there is nothing to be read. */
  async read(patientId: string, id: string): Promise<void> {
    const isRead =
      isId(id) &&
      (await this.transactor.run(async (manager) => {
        const { affected } = await manager.update(
          Import,
          { id, patientId, loss: 'unread' },
          { loss: 'read' },
        );
        return affected === 1;
      }));
    if (!isRead) throw new Problem('delegation.not-visible');
  }
}

const KEPT: ReadonlySet<ImportNote['code']> = new Set([
  'exchange.duplicate',
  'exchange.flagged',
  'exchange.hidden-content',
  'exchange.not-scanned',
]);

/** Not about a file that is in the record all the same. */
export const tellsOfLoss = ({ code }: ImportNote): boolean => !KEPT.has(code);

/** That nothing could be used says nothing where the reasons are told. */
function reasons(notes: readonly ImportNote[]): ImportNote[] {
  const lost = notes.filter(tellsOfLoss);
  const others = lost.filter(({ code }) => code !== 'exchange.nothing-usable');
  return others.length > 0 ? others : lost;
}

/** `exchange.gone`: it went with the memory that it lay in, as when the machine stops. */
export type LossCode = ProblemCode | 'exchange.gone';

/** All of it is lost, and why: for want of room, with the machine, or because of something that a patient can do nothing about. */
export function lossReport(code: LossCode, untrustedNames: readonly string[]): ImportReport {
  const report = new ImportReport();
  for (const name of ['', ...untrustedNames])
    if (code === 'vault.disk-full' || code === 'vault.quota-exceeded') report.refused(name, code);
    else if (code === 'exchange.gone') report.say(name, code, 'gone');
    else report.say(name, 'exchange.unkept', 'unkept');
  return report;
}
