import { isIPv4, isIPv6, type Socket } from 'node:net';
import type { ClientBinding } from './client-binding.js';
import type { Command } from './command-lines.js';
import { DataStream } from './data-stream.js';
import { Refused, type FtpsService, type Visit } from './ftps-service.js';
import type { FtpsLimits } from './limits.js';
import { PassivePort, type PortRange } from './passive-port.js';
import { receiveFile } from './receive-file.js';
import { REPLY, type Reply } from './replies.js';
import { quotedPath, resolvePath } from './virtual-path.js';

export interface PassiveOptions {
  /** Undefined lets the system choose ports. */
  readonly ports?: PortRange | undefined;
  /** What PASV tells clients where the network translates addresses; an IPv4 address. */
  readonly address?: string | undefined;
}

interface SessionOptions {
  readonly service: FtpsService;
  readonly limits: FtpsLimits;
  readonly passive: PassiveOptions;
  /** Address of the client. */
  readonly peer: string;
  /** Address of ours that it came to; its data connections come to the same. */
  readonly host: string;
  readonly send: (reply: Reply) => void;
}

/** In which state of a session a command is obeyed. Each holds the ones before. */
type Need = 'nothing' | 'tls' | 'login';

type Handler = (session: Session, argument: string) => Reply | Promise<Reply>;

/**
 * What was said so far on one control connection, and what each command means (RFC 959, 2389, 2428, 4217). Files are
 * only taken. There are no folders: each that is named is there, and looks empty.
 */
export class Session {
  private binding: ClientBinding | undefined;
  private user: string | undefined;
  private visit: Visit | undefined;
  private wrong = 0;
  private isSized = false;
  private isDataPrivate = false;
  private isBinary = false;
  private folder: readonly string[] = [];
  private port: PassivePort | undefined;
  /** The data connection that is under way. */
  private data: DataStream | Socket | undefined;

  constructor(private readonly options: SessionOptions) {}

  get isLoggedIn(): boolean {
    return this.visit !== undefined;
  }

  becomePrivate(binding: ClientBinding): void {
    this.binding = binding;
  }

  async take({ verb, argument }: Command): Promise<Reply> {
    const known = COMMANDS[verb];
    if (known === undefined) return verb === '' ? REPLY.unknown : REPLY.notOffered;
    const [need, handler] = known;
    if (need !== 'nothing' && this.binding === undefined) return REPLY.needsTls;
    if (need === 'login' && this.visit === undefined) return REPLY.needsLogin;
    try {
      return await handler(this, argument);
    } catch (error) {
      if (error instanceof Refused) return error.reply;
      throw error;
    }
  }

  /** Ends the transfer that is under way. */
  abort(): void {
    this.data?.destroy();
    this.port?.close();
  }

  end(): void {
    this.abort();
    this.visit?.end();
    this.visit = undefined;
  }

  name(user: string): Reply {
    // Who logs in once stays who they are: what arrives on one connection is laid at one door.
    if (this.visit !== undefined) return REPLY.wrongOrder;
    this.user = user;
    return REPLY.password;
  }

  async logIn(password: string): Promise<Reply> {
    const { user } = this;
    if (user === undefined || this.visit !== undefined) return REPLY.wrongOrder;
    this.user = undefined;
    const { service, limits, peer } = this.options;
    try {
      const visit = await service.admit({ user, password, address: peer });
      this.visit = visit;
      return REPLY.loggedIn;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.reply.code !== REPLY.wrongPassword.code) return error.reply;
      await new Promise((done) => setTimeout(done, limits.wrongPasswordMs));
      return ++this.wrong >= limits.tries ? REPLY.tooManyTries : error.reply;
    }
  }

  setSize(argument: string): Reply {
    if (argument !== '0') return REPLY.badArgument;
    this.isSized = true;
    return REPLY.done;
  }

  protect(argument: string): Reply {
    if (!this.isSized) return REPLY.wrongOrder;
    if (argument.toUpperCase() !== 'P')
      return /^[CSE]$/i.test(argument) ? REPLY.onlyPrivate : REPLY.notThisKind;
    this.isDataPrivate = true;
    return REPLY.done;
  }

  setType(argument: string): Reply {
    if (!/^(I|A( N)?|L 8)$/i.test(argument)) return REPLY.notThisKind;
    this.isBinary = !/^A/i.test(argument);
    return REPLY.done;
  }

  changeFolder(argument: string): Reply {
    const path = resolvePath(this.folder, argument);
    if (path === undefined) return REPLY.badName;
    this.folder = path;
    return REPLY.folder;
  }

  tellFolder(): Reply {
    return { code: 257, text: quotedPath(this.folder) };
  }

  makeFolder(argument: string): Reply {
    const path = resolvePath(this.folder, argument);
    return path === undefined ? REPLY.badName : { code: 257, text: `${quotedPath(path)} is there.` };
  }

  async passive(): Promise<Reply> {
    const { host, passive } = this.options;
    const address = passive.address ?? host;
    if (!isIPv4(host) || !isIPv4(address)) return REPLY.otherProtocol;
    const port = await this.openPort();
    if (port === undefined) return REPLY.noPort;
    const numbers = [...address.split('.'), port >> 8, port & 0xff].join(',');
    return { code: 227, text: `Entering Passive Mode (${numbers})` };
  }

  async extendedPassive(argument: string): Promise<Reply> {
    if (argument.toUpperCase() === 'ALL') return REPLY.done;
    const ours = isIPv6(this.options.host) ? '2' : '1';
    if (argument !== '' && argument !== ours) return REPLY.otherProtocol;
    const port = await this.openPort();
    return port === undefined
      ? REPLY.noPort
      : { code: 229, text: `Entering Extended Passive Mode (|||${port}|)` };
  }

  async store(argument: string): Promise<Reply> {
    const path = resolvePath(this.folder, argument);
    if (path === undefined || path.length === 0 || argument.endsWith('/')) return REPLY.badName;
    if (!this.isBinary) return REPLY.onlyBinary;
    return this.withData(async (data) =>
      receiveFile(data, await this.visitNow().store(path), this.options.limits),
    );
  }

  /** Every folder looks empty, also to who filled it: whoever steals the password learns nothing of what was sent. */
  list(): Promise<Reply> {
    return this.withData(async (data) => {
      await new Promise<void>((done) => data.once('close', () => done()).end(() => done()));
      return REPLY.listed;
    });
  }

  private async withData(work: (data: DataStream) => Promise<Reply>): Promise<Reply> {
    const { binding, port, options } = this;
    this.port = undefined;
    try {
      if (!this.isDataPrivate || binding === undefined) return REPLY.needsPrivacy;
      this.port = port;
      const raw = await port?.take(options.limits.dataMs);
      this.port = undefined;
      if (raw === undefined) return REPLY.noConnection;
      this.data = raw;
      options.send(REPLY.dataComing);
      const data = new DataStream(raw, binding.options());
      this.data = data;
      if (!(await data.secured(options.limits.dataMs))) return REPLY.noHandshake;
      // The address alone would not tell two clients behind one router apart.
      if (!data.isSessionReused()) return REPLY.otherClient;
      return await work(data);
    } finally {
      port?.close();
      this.data?.destroy();
      this.data = undefined;
    }
  }

  private async openPort(): Promise<number | undefined> {
    this.port?.close();
    const { host, peer, passive } = this.options;
    this.port = await PassivePort.open(host, peer, passive.ports);
    return this.port?.port;
  }

  private visitNow(): Visit {
    if (this.visit === undefined) throw new Refused(REPLY.needsLogin);
    return this.visit;
  }
}

const always =
  (reply: Reply): Handler =>
  () =>
    reply;

/** Null-prototyped, since what a client says is looked up in it. */
const COMMANDS: Readonly<Record<string, readonly [Need, Handler] | undefined>> = Object.assign(
  Object.create(null) as Record<string, never>,
  {
    FEAT: ['nothing', always(REPLY.features)],
    HELP: ['nothing', always(REPLY.help)],
    NOOP: ['nothing', always(REPLY.done)],
    QUIT: ['nothing', always(REPLY.goodbye)],
    SYST: ['nothing', always(REPLY.system)],
    OPTS: [
      'nothing',
      (_session, argument) => (/^UTF-?8( ON)?$/i.test(argument) ? REPLY.done : REPLY.badArgument),
    ],
    USER: ['tls', (session, argument) => session.name(argument)],
    PASS: ['tls', (session, argument) => session.logIn(argument)],
    PBSZ: ['tls', (session, argument) => session.setSize(argument)],
    PROT: ['tls', (session, argument) => session.protect(argument)],
    CCC: ['tls', always(REPLY.staysPrivate)],
    ACCT: ['login', always(REPLY.notNeeded)],
    ALLO: ['login', always(REPLY.notNeeded)],
    ABOR: ['login', always(REPLY.nothingToAbort)],
    STAT: ['login', (_session, argument) => (argument === '' ? REPLY.status : REPLY.emptyStatus)],
    TYPE: ['login', (session, argument) => session.setType(argument)],
    MODE: ['login', (_session, argument) => (/^S$/i.test(argument) ? REPLY.done : REPLY.notThisKind)],
    STRU: ['login', (_session, argument) => (/^F$/i.test(argument) ? REPLY.done : REPLY.notThisKind)],
    REST: ['login', (_session, argument) => (argument === '0' ? REPLY.fromStart : REPLY.notOffered)],
    CWD: ['login', (session, argument) => session.changeFolder(argument)],
    XCWD: ['login', (session, argument) => session.changeFolder(argument)],
    CDUP: ['login', (session) => session.changeFolder('..')],
    PWD: ['login', (session) => session.tellFolder()],
    XPWD: ['login', (session) => session.tellFolder()],
    MKD: ['login', (session, argument) => session.makeFolder(argument)],
    XMKD: ['login', (session, argument) => session.makeFolder(argument)],
    PASV: ['login', (session) => session.passive()],
    EPSV: ['login', (session, argument) => session.extendedPassive(argument)],
    PORT: ['login', always(REPLY.noActive)],
    EPRT: ['login', always(REPLY.noActive)],
    STOR: ['login', (session, argument) => session.store(argument)],
    LIST: ['login', (session) => session.list()],
    NLST: ['login', (session) => session.list()],
    RETR: ['login', always(REPLY.writeOnly)],
    DELE: ['login', always(REPLY.writeOnly)],
    RMD: ['login', always(REPLY.writeOnly)],
    XRMD: ['login', always(REPLY.writeOnly)],
    RNFR: ['login', always(REPLY.writeOnly)],
    RNTO: ['login', always(REPLY.writeOnly)],
    SIZE: ['login', always(REPLY.writeOnly)],
    MDTM: ['login', always(REPLY.writeOnly)],
  } satisfies Record<string, readonly [Need, Handler]>,
);
