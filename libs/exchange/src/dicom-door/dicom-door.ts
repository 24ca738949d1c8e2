import { readFileSync } from 'node:fs';
import type { TlsOptions } from 'node:tls';
import { Inject, Injectable } from '@nestjs/common';
import {
  DimseServer,
  REJECTION,
  type AssociateRequest,
  type DimseService,
  type Peer,
  type Rejection,
  type Visit,
} from '@vitrine/dimse';
import type { Account } from '@vitrine/identity';
import { LOGGER, SETTINGS, type DicomSettings, type Logger, type Settings } from '@vitrine/kernel';
import { ImageIndex } from '@vitrine/records';
import { VaultService } from '@vitrine/vault';
import { Destinations } from '../arrivals/destinations.js';
import { Door, type DoorLimits } from '../arrivals/door.js';
import { UploadStore } from '../uploads/upload-store.js';
import { DicomInbox } from './dicom-inbox.service.js';
import type { DicomNode } from './dicom-node.entity.js';
import { DicomNodes } from './dicom-nodes.service.js';
import { ReaderVisit } from './reader-visit.js';
import { isReadingTitle, ReadingAddresses } from './reading-addresses.service.js';
import { SenderVisit } from './sender-visit.js';
import { tlsFiles } from './tls-files.js';

const ASSOCIATIONS = 40;

/**
 * Takes objects in by DIMSE (PS3.4 annex B) and lets them be searched and fetched (annex C). A called title is a
 * patient's deposit code, a provider's inbox, or an address for reading, and each opens what it is for and nothing
 * else; who calls must be registered. What is not known is refused before anything is accepted.
 */
@Injectable()
export class DicomDoor extends Door implements DimseService {
  private associations = 0;

  constructor(
    private readonly nodes: DicomNodes,
    private readonly destinations: Destinations,
    private readonly inbox: DicomInbox,
    private readonly readings: ReadingAddresses,
    private readonly images: ImageIndex,
    private readonly vault: VaultService,
    uploads: UploadStore,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(uploads, logger);
  }

  /** Takes up what an end without warning left, then listens where the operator wants it. Answers the port. */
  async open(limits: Partial<DoorLimits> = {}): Promise<number | undefined> {
    this.limit(limits);
    await this.inbox.recover();
    const { dicom } = this.settings;
    if (dicom === undefined) return undefined;
    const server = new DimseServer(this, {
      ...(dicom.tls === undefined ? {} : { tls: tlsOptions(dicom.tls) }),
      onEnd: (ending) => this.logger.info({ ending }, 'a DICOM connection ended'),
      onBug: (error) => this.logger.error({ err: error }, 'a DICOM connection failed'),
    });
    this.server = server;
    const port = await server.listen(dicom.port, dicom.host);
    this.logger.info({ port, tls: dicom.tls !== undefined }, 'listening for DICOM associations');
    return port;
  }

  async admit(request: AssociateRequest, peer: Peer): Promise<Visit | Rejection> {
    const known = await this.nodes.recognise(request.callingAeTitle, peer);
    // Asked first, so that a stranger cannot find out which titles there are.
    if (known === undefined) return REJECTION.callingAeTitle;
    const { node, account } = known;
    const visit = await this.visitOf(node, account, request.calledAeTitle);
    if (visit === undefined) return REJECTION.calledAeTitle;
    const leave = this.associations < ASSOCIATIONS ? this.enter(node.id) : undefined;
    if (leave === undefined) return REJECTION.localLimit;
    this.associations++;
    return visit(() => {
      this.associations--;
      leave();
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
    const destination =
      calledAeTitle === node.inboxAeTitle
        ? this.destinations.inboxOf(node)
        : await this.destinations.patientBy(account, calledAeTitle, node);
    if (destination === undefined) return undefined;
    const files = this.newFiles();
    return (onEnd) => new SenderVisit(files, destination, node.callingAeTitle, onEnd);
  }
}

/** A certificate is always asked for, since a system may be known by its very own; `clientCa` refuses all others. */
const tlsOptions = (tls: NonNullable<DicomSettings['tls']>): TlsOptions => ({
  ...tlsFiles(tls),
  requestCert: true,
  rejectUnauthorized: tls.clientCa !== undefined,
  ...(tls.clientCa === undefined ? {} : { ca: readFileSync(tls.clientCa) }),
});
