import { readFileSync } from 'node:fs';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DepositCodes } from '@vitrine/delegation';
import {
  DimseServer,
  REJECTION,
  type AssociateRequest,
  type DimseService,
  type Rejection,
  type Visit,
} from '@vitrine/dimse';
import { agentOf, type Account } from '@vitrine/identity';
import { isProblem, LOGGER, SETTINGS, type DicomSettings, type Logger, type Settings } from '@vitrine/kernel';
import { ImportsService } from '../imports.service.js';
import { UploadStore } from '../uploads/upload-store.js';
import { ARRIVAL_PAUSES, Arrivals, type ArrivalPauses, type Destination } from './arrivals.js';
import { DicomInbox } from './dicom-inbox.service.js';
import type { DicomNode } from './dicom-node.entity.js';
import { DicomNodes } from './dicom-nodes.service.js';
import { LARGEST_OBJECT_BYTES, SenderVisit } from './sender-visit.js';

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
  largestObject: LARGEST_OBJECT_BYTES,
  associationsPerNode: ASSOCIATIONS_PER_NODE,
};

/**
 * Takes objects in by DIMSE (PS3.4 annex B). A called title is a patient's deposit code or a provider's inbox; who
 * calls must be registered. What is not known is refused before anything is accepted.
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

  async admit(request: AssociateRequest, peer: string): Promise<Visit | Rejection> {
    const known = await this.nodes.recognise(request.callingAeTitle, peer);
    // Asked first, so that a stranger cannot find out which titles there are.
    if (known === undefined) return REJECTION.callingAeTitle;
    const { node, account } = known;
    const destination = await this.destination(node, account, request.calledAeTitle);
    if (destination === undefined) return REJECTION.calledAeTitle;
    const there = this.perNode.get(node.id) ?? 0;
    if (there >= this.limits.associationsPerNode || this.associations >= ASSOCIATIONS)
      return REJECTION.localLimit;
    this.perNode.set(node.id, there + 1);
    this.associations++;
    return new SenderVisit(this.arrivals, destination, node.callingAeTitle, this.limits.largestObject, () => {
      this.associations--;
      this.perNode.set(node.id, (this.perNode.get(node.id) ?? 1) - 1);
    });
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
        begin: () => this.imports.beginByDicom(account, calledAeTitle, node.id),
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

const tlsOptions = ({ key, cert, clientCa }: NonNullable<DicomSettings['tls']>) => ({
  key: readFileSync(key),
  cert: readFileSync(cert),
  // PS3.15 §B.12: TLS 1.2 or newer.
  minVersion: 'TLSv1.2' as const,
  ...(clientCa === undefined
    ? {}
    : { ca: readFileSync(clientCa), requestCert: true, rejectUnauthorized: true }),
});
