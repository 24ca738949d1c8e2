import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { AuditService } from '@vitrine/audit';
import { Account, agentOf } from '@vitrine/identity';
import { Clock, newId, Problem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { isAeTitle, newInboxAeTitle } from './ae-title.js';
import { DicomNode } from './dicom-node.entity.js';
import { comesFrom, isAddressOrNetwork } from './peer-address.js';

export interface DicomNodeDraft {
  readonly name: string;
  readonly callingAeTitle: string;
  readonly addresses: readonly string[];
}

const NODES_PER_ACCOUNT = 20;

/** Which PACS belongs to whom. */
@Injectable()
export class DicomNodes {
  constructor(
    @InjectRepository(DicomNode) private readonly nodes: Repository<DicomNode>,
    @InjectRepository(Account) private readonly accounts: Repository<Account>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /**
   * Lets a PACS in. A calling title belongs to one provider only: what arrives under it is laid at their door. Throws
   * `exchange.ae-title-taken`.
   */
  async register(account: Account, draft: DicomNodeDraft): Promise<DicomNode> {
    const { name, callingAeTitle, addresses } = draft;
    if (!isAeTitle(callingAeTitle) || !addresses.every(isAddressOrNetwork))
      throw new Problem('kernel.invalid');
    return this.transactor.run(async (manager) => {
      if ((await manager.countBy(DicomNode, { accountId: account.id })) >= NODES_PER_ACCOUNT)
        throw new Problem('kernel.too-many-requests');
      if (await manager.existsBy(DicomNode, { callingAeTitle })) throw new Problem('exchange.ae-title-taken');
      const node: DicomNode = {
        id: newId(),
        accountId: account.id,
        name,
        callingAeTitle,
        addresses: [...addresses],
        inboxAeTitle: newInboxAeTitle(),
        createdAt: this.clock.instant(),
      };
      await manager.insert(DicomNode, node);
      await this.audit.record(manager, {
        action: 'dicom-node.registered',
        agent: agentOf(account),
        patientId: null,
        entities: [{ kind: 'dicom-node', id: node.id, label: name }],
        details: { callingAeTitle },
      });
      return node;
    });
  }

  ofAccount(accountId: string): Promise<DicomNode[]> {
    return this.nodes.find({ where: { accountId }, order: { createdAt: 'ASC' } });
  }

  /** From now on it is not let in; what it sent stays. */
  async remove(account: Account, nodeId: string): Promise<void> {
    await this.transactor.run(async (manager) => {
      const node = await manager.findOneBy(DicomNode, { id: nodeId, accountId: account.id });
      if (node === null) throw new Problem('delegation.not-visible');
      await manager.delete(DicomNode, { id: nodeId });
      await this.audit.record(manager, {
        action: 'dicom-node.removed',
        agent: agentOf(account),
        patientId: null,
        entities: [{ kind: 'dicom-node', id: node.id, label: node.name }],
      });
    });
  }

  /** The PACS that introduces itself so and comes from where it may, and its provider; otherwise undefined. */
  async recognise(
    callingAeTitle: string,
    peer: string,
  ): Promise<{ readonly node: DicomNode; readonly account: Account } | undefined> {
    const node = await this.nodes.findOneBy({ callingAeTitle });
    if (node === null || !comesFrom(peer, node.addresses)) return undefined;
    const account = await this.accounts.findOneBy({
      id: node.accountId,
      role: 'provider',
      disabledAt: IsNull(),
    });
    return account === null ? undefined : { node, account };
  }
}
