import { readFileSync } from 'node:fs';
import type { TlsOptions } from 'node:tls';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DepositCodes } from '@vitrine/delegation';
import {
  DimseServer,
  REJECTION,
  type AssociateRequest,
  type DimseService,
  type Peer,
  type Rejection,
  type Visit,
} from '@vitrine/dimse';
import { agentOf, type Account } from '@vitrine/identity';
import { isProblem, LOGGER, SETTINGS, type DicomSettings, type Logger, type Settings } from '@vitrine/kernel';
import { ImportsService } from '../imports.service.js';
import { ImageIndex } from '@vitrine/records';
import { VaultService } from '@vitrine/vault';
import { UploadStore } from '../uploads/upload-store.js';
import { ArrivingFiles, LARGEST_FILE_BYTES } from '../arrivals/arriving-files.js';
import { ARRIVAL_PAUSES, Arrivals, type ArrivalPauses, type Destination } from '../arrivals/arrivals.js';
import { DicomInbox } from './dicom-inbox.service.js';
import type { DicomNode } from './dicom-node.entity.js';
import { DicomNodes } from './dicom-nodes.service.js';
import { ReaderVisit } from './reader-visit.js';
import { isReadingTitle, ReadingAddresses } from './reading-addresses.service.js';
import { SenderVisit } from './sender-visit.js';
import { tlsFiles } from './tls-files.js';

const ASSOCIATIONS = 40;
const ASSOCIATIONS_PER_NODE = 10;

/** What tests make smaller. */
export interface DoorLimits {
  readonly pauses: ArrivalPauses;
  readonly largestObject: number;
  readonly associationsPerNode: number;
}

export const DOOR_LIMITS: DoorLimits = {
  pauses: ARRIVAL_PAUSES,
  largestObject: LARGEST_FILE_BYTES,
  associationsPerNode: ASSOCIATIONS_PER_NODE,
};

/**
 * Takes objects in by DIMSE (PS3.4 annex B) and lets them be searched and fetched (annex C). A called title is a
 * patient's deposit code, a provider's inbox, or an address for reading, and each opens what it is for and nothing
 * else; who calls must be registered. What is not known is refused before anything is accepted.
 */
@Injectable()
export class DicomDoor implements DimseService, OnModuleDestroy {
  private server: DimseServer | undefined;
  private readonly perNode = new Map<string, number>();
  private associations = 0;
  private limits = DOOR_LIMITS;
  private arrivals: Arrivals;

  constructor(
    private readonly nodes: DicomNodes,
    private readonly codes: DepositCodes,
    private readonly imports: ImportsService,
    private readonly inbox: DicomInbox,
    private readonly uploads: UploadStore,
    private readonly readings: ReadingAddresses,
    private readonly images: ImageIndex,
    private readonly vault: VaultService,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.arrivals = this.newArrivals();
  }

  /** Takes up what an end without warning left, then listens where the operator wants it. Answers the port. */
  async open(limits: Partial<DoorLimits> = {}): Promise<number | undefined> {
    this.limits = { ...DOOR_LIMITS, ...limits };
    this.arrivals = this.newArrivals();
    await this.inbox.recover();
    const { dicom } = this.settings;
    if (dicom === undefined) return undefined;
    this.server = new DimseServer(this, {
      ...(dicom.tls === undefined ? {} : { tls: tlsOptions(dicom.tls) }),
      onEnd: (ending) => this.logger.info({ ending }, 'a DICOM connection ended'),
      onBug: (error) => this.logger.error({ err: error }, 'a DICOM connection failed'),
    });
    const port = await this.server.listen(dicom.port, dicom.host);
    this.logger.info({ port, tls: dicom.tls !== undefined }, 'listening for DICOM associations');
    return port;
  }

  async onModuleDestroy(): Promise<void> {
    await this.server?.close();
    await this.arrivals.settleAll();
  }

  /** Stops without settling anything, as a crash does. For tests. */
  async forget(): Promise<void> {
    await this.server?.close();
    this.arrivals.forget();
  }

  /** Ends the pauses, so that what arrived is examined now. */
  settle(): Promise<void> {
    return this.arrivals.settleAll();
  }

  async admit(request: AssociateRequest, peer: Peer): Promise<Visit | Rejection> {
    const known = await this.nodes.recognise(request.callingAeTitle, peer);
    // Asked first, so that a stranger cannot find out which titles there are.
    if (known === undefined) return REJECTION.callingAeTitle;
    const { node, account } = known;
    const visit = await this.visitOf(node, account, request.calledAeTitle);
    if (visit === undefined) return REJECTION.calledAeTitle;
    const there = this.perNode.get(node.id) ?? 0;
    if (there >= this.limits.associationsPerNode || this.associations >= ASSOCIATIONS)
      return REJECTION.localLimit;
    this.perNode.set(node.id, there + 1);
    this.associations++;
    return visit(() => {
      this.associations--;
      this.perNode.set(node.id, (this.perNode.get(node.id) ?? 1) - 1);
    });
  }

  /** What a called title opens to this system; undefined where it opens nothing. */
  private async visitOf(
    node: DicomNode,
    account: Account,
    calledAeTitle: string,
  ): Promise<((onEnd: () => void) => Visit) | undefined> {
    if (isReadingTitle(calledAeTitle)) {
      const known = await this.readings.recognise(calledAeTitle, node, account);
      if (known === undefined) return undefined;
      const kinds = await this.images.kinds(known.address.patientId);
      const { readings: addresses, nodes, images, vault } = this;
      const parts = { addresses, nodes, images, vault };
      return (onEnd) => new ReaderVisit(known, calledAeTitle, kinds, parts, onEnd);
    }
    const destination = await this.destination(node, account, calledAeTitle);
    if (destination === undefined) return undefined;
    const files = new ArrivingFiles(this.arrivals, this.limits.largestObject);
    return (onEnd) => new SenderVisit(files, destination, node.callingAeTitle, onEnd);
  }

  private async destination(
    node: DicomNode,
    account: Account,
    calledAeTitle: string,
  ): Promise<Destination | undefined> {
    if (calledAeTitle === node.inboxAeTitle)
      return {
        key: `${node.id} inbox`,
        begin: () => this.inbox.begin(node),
        settle: (id) => this.inbox.settle(id),
      };
    try {
      const { id } = await this.codes.check(agentOf(account), calledAeTitle);
      return {
        key: `${node.id} ${id}`,
        begin: () => this.imports.beginBySystem(account, calledAeTitle, node.id),
        settle: (importId) => this.imports.settle(importId),
      };
    } catch (error) {
      if (isProblem(error, 'delegation.deposit-code-unusable')) return undefined;
      throw error;
    }
  }

  private newArrivals(): Arrivals {
    return new Arrivals(this.uploads, this.limits.pauses, (error) =>
      this.logger.error(
        { err: error },
        'what arrived could not be examined; it is tried again at the next start',
      ),
    );
  }
}

/** A certificate is always asked for, since a system may be known by its very own; `clientCa` refuses all others. */
const tlsOptions = (tls: NonNullable<DicomSettings['tls']>): TlsOptions => ({
  ...tlsFiles(tls),
  requestCert: true,
  rejectUnauthorized: tls.clientCa !== undefined,
  ...(tls.clientCa === undefined ? {} : { ca: readFileSync(tls.clientCa) }),
});
