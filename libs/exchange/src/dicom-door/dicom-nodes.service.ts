import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { AuditService } from '@vitrine/audit';
import type { Destination, Peer } from '@vitrine/dimse';
import { Account, agentOf } from '@vitrine/identity';
import { Clock, newId, Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { isAeTitle, newInboxAeTitle } from './ae-title.js';
import { DicomNode } from './dicom-node.entity.js';
import { comesFrom, isAddressOrNetwork, isDestination } from './peer-address.js';
import { ReadingAddress } from './reading-address.entity.js';
import { tlsFiles } from './tls-files.js';

export interface DicomNodeDraft {
  readonly name: string;
  readonly callingAeTitle: string;
  readonly addresses: readonly string[];
  /** SHA-256 of its certificate as `openssl x509 -fingerprint -sha256` prints it, or without the colons. */
  readonly certificate?: string | undefined;
  /** Where it takes what it has fetched. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
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
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Lets a PACS in. A calling title belongs to one provider only: what arrives under it is laid at their door. Throws
   * `exchange.ae-title-taken`.
   */
  async register(account: Account, draft: DicomNodeDraft): Promise<DicomNode> {
    const { name, callingAeTitle, addresses, host, port } = draft;
    if (!isAeTitle(callingAeTitle) || !addresses.every(isAddressOrNetwork))
      throw new Problem('kernel.invalid');
    const certificate = draft.certificate?.replaceAll(':', '').toLowerCase();
    if (certificate !== undefined && !/^[0-9a-f]{64}$/.test(certificate)) throw new Problem('kernel.invalid');
    if ((host === undefined) !== (port === undefined)) throw new Problem('kernel.invalid');
    if (host !== undefined && !isDestination(host, this.settings.dicom?.host ?? ''))
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
        certificate: certificate ?? null,
        host: host ?? null,
        port: port ?? null,
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
      // Its titles for reading would be worth nothing; so the patients see that they are.
      const live = { dicomNodeId: nodeId, revokedAt: IsNull() };
      await manager.update(ReadingAddress, live, { revokedAt: this.clock.instant() });
      await this.audit.record(manager, {
        action: 'dicom-node.removed',
        agent: agentOf(account),
        patientId: null,
        entities: [{ kind: 'dicom-node', id: node.id, label: node.name }],
      });
    });
  }

  /** The PACS that introduces itself so, comes from where it may and shows its certificate, and its provider; otherwise undefined. */
  async recognise(
    callingAeTitle: string,
    peer: Peer,
  ): Promise<{ readonly node: DicomNode; readonly account: Account } | undefined> {
    const node = await this.nodes.findOneBy({ callingAeTitle });
    if (node === null || !comesFrom(peer.address, node.addresses)) return undefined;
    if (node.certificate !== null && node.certificate !== peer.certificate) return undefined;
    const account = await this.accounts.findOneBy({
      id: node.accountId,
      role: 'provider',
      disabledAt: IsNull(),
    });
    return account === null ? undefined : { node, account };
  }
  /**
   * Where a system of this provider takes what was fetched: only what is registered, never an address of a request.
   * Undefined for every other title.
   */
  async destination(account: Account, aeTitle: string): Promise<Destination | undefined> {
    const node = await this.nodes.findOneBy({ accountId: account.id, callingAeTitle: aeTitle });
    if (node === null || node.host === null || node.port === null) return undefined;
    const { callingAeTitle, host, port, inboxAeTitle, certificate } = node;
    return {
      aeTitle: callingAeTitle,
      host,
      port,
      // The one title of ours that its operator knows and that is no secret.
      callingAeTitle: inboxAeTitle,
      ...(certificate === null
        ? {}
        : { tls: { fingerprint: certificate, options: tlsFiles(this.settings.dicom?.tls) } }),
    };
  }
}
