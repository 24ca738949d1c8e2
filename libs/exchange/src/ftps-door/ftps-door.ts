import { readFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { readHumanCode } from '@vitrine/delegation';
import {
  FtpsServer,
  Refused,
  REPLY,
  type FtpsLimits,
  type FtpsService,
  type Login,
  type Visit,
} from '@vitrine/ftps';
import { Clock, LOGGER, SETTINGS, type FtpsSettings, type Logger, type Settings } from '@vitrine/kernel';
import { Destinations } from '../arrivals/destinations.js';
import { Door, type DoorLimits } from '../arrivals/door.js';
import { UploadStore } from '../uploads/upload-store.js';
import { DropVisit } from './drop-visit.js';
import { FtpsAccounts } from './ftps-accounts.service.js';
import { WrongLogins } from './wrong-logins.js';

/** What tests make smaller. */
export interface DropLimits extends DoorLimits {
  readonly protocol: Partial<FtpsLimits>;
}

/** Takes files in by FTPS, from providers that can do no better, by the way that all files go. Nothing is read here. */
@Injectable()
export class FtpsDoor extends Door implements FtpsService {
  private readonly wrong: WrongLogins;

  constructor(
    private readonly accounts: FtpsAccounts,
    private readonly destinations: Destinations,
    uploads: UploadStore,
    clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(uploads, logger);
    this.wrong = new WrongLogins(clock);
  }

  /** Listens where the operator wants it; after the inbox took up what a crash left. Answers the port. */
  async open({ protocol = {}, ...limits }: Partial<DropLimits> = {}): Promise<number | undefined> {
    this.limit(limits);
    const { ftps } = this.settings;
    if (ftps === undefined) return undefined;
    // Read now, too, so that what is wrong with them is said at the start.
    readCertificate(ftps);
    const server = new FtpsServer(this, {
      limits: protocol,
      certificate: () => readCertificate(ftps),
      passive: { ports: ftps.passivePorts, address: ftps.passiveAddress },
      onEnd: (ending) => this.logger.info({ ending }, 'an FTPS connection ended'),
      onBug: (error) => this.logger.error({ err: error }, 'an FTPS connection failed'),
    });
    this.server = server;
    const port = await server.listen(ftps.port, ftps.host);
    this.logger.info({ port }, 'listening for FTPS');
    return port;
  }

  async admit({ user, password, address }: Login): Promise<Visit> {
    if (this.wrong.isResting(address)) throw new Refused(REPLY.tooManyTries);
    const known = await this.accounts.recognise(user, password);
    if (known === undefined) {
      this.wrong.count(address);
      this.logger.warn({ address }, 'a wrong password for FTPS');
      throw new Refused(REPLY.wrongPassword);
    }
    const { account, ftps } = known;
    const leave = this.enter(account.id);
    if (leave === undefined) throw new Refused(REPLY.tooMany);
    return new DropVisit(this.newFiles(), {
      stands: () => this.accounts.stands(known),
      inbox: this.destinations.inboxOf(ftps),
      patientOf: async (untrustedFolder) =>
        readHumanCode(untrustedFolder) === null
          ? undefined
          : this.destinations.patientBy(account, untrustedFolder, ftps),
      onEnd: leave,
    });
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
