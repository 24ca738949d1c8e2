import { readFileSync } from 'node:fs';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DepositCodes, readHumanCode } from '@vitrine/delegation';
import {
  FtpsServer,
  Refused,
  REPLY,
  type FtpsLimits,
  type FtpsService,
  type Login,
  type Visit,
} from '@vitrine/ftps';
import { agentOf } from '@vitrine/identity';
import {
  Clock,
  isProblem,
  LOGGER,
  SETTINGS,
  type FtpsSettings,
  type Logger,
  type Settings,
} from '@vitrine/kernel';
import { ArrivingFiles, LARGEST_FILE_BYTES } from '../arrivals/arriving-files.js';
import { ARRIVAL_PAUSES, Arrivals, type ArrivalPauses, type Destination } from '../arrivals/arrivals.js';
import { DicomInbox } from '../dicom-door/dicom-inbox.service.js';
import { ImportsService } from '../imports.service.js';
import { UploadStore } from '../uploads/upload-store.js';
import { DropVisit } from './drop-visit.js';
import { FtpsAccounts, type KnownFtpsAccount } from './ftps-accounts.service.js';
import { WrongLogins } from './wrong-logins.js';

/** What tests make smaller. */
export interface DropLimits {
  readonly pauses: ArrivalPauses;
  readonly largestFile: number;
  readonly loginsPerAccount: number;
  readonly protocol: Partial<FtpsLimits>;
}

export const DROP_LIMITS: DropLimits = {
  pauses: ARRIVAL_PAUSES,
  largestFile: LARGEST_FILE_BYTES,
  loginsPerAccount: 10,
  protocol: {},
};

/** Takes files in by FTPS, from providers that can do no better, by the way that all files go. Nothing is read here. */
@Injectable()
export class FtpsDoor implements FtpsService, OnModuleDestroy {
  private server: FtpsServer | undefined;
  private readonly perAccount = new Map<string, number>();
  private readonly wrong: WrongLogins;
  private limits = DROP_LIMITS;
  private arrivals: Arrivals;

  constructor(
    private readonly accounts: FtpsAccounts,
    private readonly codes: DepositCodes,
    private readonly imports: ImportsService,
    private readonly inbox: DicomInbox,
    private readonly uploads: UploadStore,
    clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.wrong = new WrongLogins(clock);
    this.arrivals = this.newArrivals();
  }

  /** Listens where the operator wants it; after the inbox took up what a crash left. Answers the port. */
  async open(limits: Partial<DropLimits> = {}): Promise<number | undefined> {
    this.limits = { ...DROP_LIMITS, ...limits };
    this.arrivals = this.newArrivals();
    const { ftps } = this.settings;
    if (ftps === undefined) return undefined;
    // Read now, too, so that what is wrong with them is said at the start.
    readCertificate(ftps);
    this.server = new FtpsServer(this, {
      limits: this.limits.protocol,
      certificate: () => readCertificate(ftps),
      passive: { ports: ftps.passivePorts, address: ftps.passiveAddress },
      onEnd: (ending) => this.logger.info({ ending }, 'an FTPS connection ended'),
      onBug: (error) => this.logger.error({ err: error }, 'an FTPS connection failed'),
    });
    const port = await this.server.listen(ftps.port, ftps.host);
    this.logger.info({ port }, 'listening for FTPS');
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

  async admit({ user, password, address }: Login): Promise<Visit> {
    if (this.wrong.isResting(address)) throw new Refused(REPLY.tooManyTries);
    const known = await this.accounts.recognise(user, password);
    if (known === undefined) {
      this.wrong.count(address);
      this.logger.warn({ address }, 'a wrong password for FTPS');
      throw new Refused(REPLY.wrongPassword);
    }
    const { id } = known.account;
    const there = this.perAccount.get(id) ?? 0;
    if (there >= this.limits.loginsPerAccount) throw new Refused(REPLY.tooMany);
    this.perAccount.set(id, there + 1);
    const files = new ArrivingFiles(this.arrivals, this.limits.largestFile);
    return new DropVisit(files, {
      stands: () => this.accounts.stands(known),
      inbox: this.toInbox(known),
      patientOf: (folder) => this.toPatient(known, folder),
      onEnd: () => {
        const left = (this.perAccount.get(id) ?? 1) - 1;
        if (left > 0) this.perAccount.set(id, left);
        else this.perAccount.delete(id);
      },
    });
  }

  private toInbox({ ftps }: KnownFtpsAccount): Destination {
    return {
      key: `${ftps.id} inbox`,
      begin: () => this.inbox.begin(ftps),
      settle: (id) => this.inbox.settle(id),
    };
  }

  private async toPatient(
    { ftps, account }: KnownFtpsAccount,
    untrustedFolder: string,
  ): Promise<Destination | undefined> {
    if (readHumanCode(untrustedFolder) === null) return undefined;
    try {
      const { id } = await this.codes.check(agentOf(account), untrustedFolder);
      return {
        key: `${ftps.id} ${id}`,
        begin: () => this.imports.beginBySystem(account, untrustedFolder, ftps.id),
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

/** Throws a plain sentence. */
function readCertificate({ tls }: FtpsSettings): { key: Buffer; cert: Buffer } {
  try {
    return { key: readFileSync(tls.key), cert: readFileSync(tls.cert) };
  } catch (error) {
    throw new Error(
      'The key or the certificate for FTPS cannot be read (VITRINE_FTPS_TLS_KEY, VITRINE_FTPS_TLS_CERT).',
      {
        cause: error,
      },
    );
  }
}
