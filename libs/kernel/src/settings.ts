import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { databaseUrlOf } from './database-settings.js';
import { integer, oneOf, type Environment } from './environment.js';
import { ftpsSettings, type FtpsSettings } from './ftps-settings.js';
import { installationIdOf } from './installation.js';
import { objectStorageOf, type ObjectStorageSettings } from './object-storage-settings.js';
import { isWithin } from './paths.js';

/** What the operator chose, read from the environment once per process. Paths are absolute. */
export interface Settings {
  /** Database, vault and unfinished uploads. */
  readonly dataDir: string;
  /** `postgresql://…`: the database of a PostgreSQL server, which is used instead of the embedded one. */
  readonly databaseUrl: string | undefined;
  /** Sockets and session folders; must be on this machine and may be lost at a reboot. */
  readonly runDir: string;
  /** 32 hex digits, made on first use and kept in the data root: the label of everything that this installation owns. */
  readonly installationId: string;
  /** Where browsers reach the gateway, without a trailing slash. Decides the Origin check and secure cookies. */
  readonly publicUrl: string;
  readonly port: number;
  readonly host: string;
  /** The engine's socket; undefined lets dockerode find it (`DOCKER_HOST`, `/var/run/docker.sock`). */
  readonly engineSocket: string | undefined;
  /** Whom the processes run as that speak to people; undefined where all of them run as who started them. */
  readonly webUser: WebUser | undefined;
  /** The session host's own secret, which no other process can read. */
  readonly hostSecretFile: string;
  /** Where files of a session lie sealed that are too large for memory; nobody but root may write there. */
  readonly scratchDir: string;
  /**
   * The engine's name for the runtime that puts a kernel of its own between a guest and this machine; undefined for none.
   * It need not be there: an engine that does not know it gives standard walls only.
   */
  readonly strongRuntime: string | undefined;
  /** No viewer runs within less: `strong` leaves strong walls and machines. */
  readonly leastWalls: LeastWalls;
  /** Folder with the registered virtual machines; there need not be any. */
  readonly machinesDir: string;
  /** Folder with the built portal (index.html, assets). */
  readonly portalDir: string;
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string;
  /** Make people to try the product with. */
  readonly demo: boolean;
  readonly sessions: SessionSettings;
  readonly vault: VaultSettings;
  readonly scrub: ScrubSettings;
  /** Where DICOM associations are taken; undefined where they are not. */
  readonly dicom: DicomSettings | undefined;
  /** Where files are taken by FTPS; undefined where they are not. */
  readonly ftps: FtpsSettings | undefined;
  /** The Unix socket of a ClamAV daemon that looks at every file before it is stored; undefined where there is none. */
  readonly clamdSocket: string | undefined;
}

const LEAST_WALLS = ['standard', 'strong'] as const;
export type LeastWalls = (typeof LEAST_WALLS)[number];

export interface ScrubSettings {
  /** Every stored file is read again after so long (ms). */
  readonly everyMs: number;
  /** No faster than this, so that whoever opens a scan has the disk. */
  readonly bytesPerSecond: number;
}

export interface DicomSettings {
  readonly host: string;
  readonly port: number;
  /** PEM files; plain TCP where it is undefined. With `clientCa` a peer has to show a certificate of it. */
  readonly tls:
    { readonly key: string; readonly cert: string; readonly clientCa: string | undefined } | undefined;
}

export interface VaultSettings {
  /** The most that one patient's folder may hold, and the most that one file may have. */
  readonly bytesPerPatient: number;
  /** Where the key comes from that all other keys are wrapped with. */
  readonly key: KeySource;
  /** The key that was used before, when it is being replaced. */
  readonly previousKey: KeySource | undefined;
  /** Where the sealed bytes lie; a folder of the data root where it is undefined. */
  readonly objectStorage: ObjectStorageSettings | undefined;
}

/** A file with a key, or a file with a passphrase of which one is made. Never below the data root. */
export interface KeySource {
  readonly kind: 'file' | 'passphrase';
  readonly path: string;
}

export interface SessionSettings {
  /** Viewers that one person may have running. */
  readonly perPerson: number;
  /** A session ends after this, whatever happens in it (ms). */
  readonly maximumMs: number;
  /** A session ends when nobody has touched key, mouse or screen for so long (ms). */
  readonly idleMs: number;
  /** Starts that may be under way at once; more wait. Four at once measured best on two cores. */
  readonly startsAtOnce: number;
  /** Memory that all sessions together may take (MiB); a share of the machine's if absent. */
  readonly memoryMiB: number | undefined;
  /** The files of one session lie in memory up to this (MiB), and sealed on the disk above it. */
  readonly filesMiB: number;
  /** Of each viewer that people are likely to open, so many run beforehand, without anybody's data; 0 for none. */
  readonly warm: number;
  /** So many display bridges run beforehand, for whichever viewer is opened next; 0 for none. */
  readonly bridges: number;
}

/** A user without rights of its own. */
export interface WebUser {
  readonly uid: number;
  readonly gid: number;
}

export const SETTINGS = Symbol('Settings');

/** Where the product keeps what must not lie with the data, unless the operator says otherwise. */
export const OWN_DIR = '/var/lib/vitrine';

/** Where the control plane and the gateway have their sockets: the one part of the run folder that they can write. */
export const webDir = (runDir: string): string => join(runDir, 'web');

/** Reads the settings. Throws a plain sentence for a value that cannot be used. */
export function readSettings(env: Environment = process.env): Settings {
  const dataDir = resolve(env['VITRINE_DATA_DIR'] ?? 'storage');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const installationId = installationIdOf(dataDir);
  const port = integer(env, 'VITRINE_PORT', 8080, 0, 65_535);
  return {
    dataDir,
    databaseUrl: databaseUrlOf(env),
    // Unix socket paths hold 107 characters at most, so sockets do not live below an arbitrary data root.
    runDir: resolve(env['VITRINE_RUN_DIR'] ?? join('/run/vitrine', installationId.slice(0, 12))),
    installationId,
    publicUrl: (env['VITRINE_PUBLIC_URL'] ?? `http://localhost:${port}`).replace(/\/+$/, ''),
    port,
    host: env['VITRINE_HOST'] ?? '127.0.0.1',
    engineSocket: env['VITRINE_ENGINE_SOCKET'],
    webUser: webUserOf(env),
    hostSecretFile: hostPlaceOf(env, 'VITRINE_HOST_SECRET_FILE', `host/${installationId}.secret`, dataDir),
    scratchDir: hostPlaceOf(env, 'VITRINE_SCRATCH_DIR', `scratch/${installationId}`, dataDir),
    strongRuntime: (env['VITRINE_STRONG_RUNTIME'] ?? 'runsc') || undefined,
    leastWalls: oneOf(env, 'VITRINE_LEAST_WALLS', LEAST_WALLS),
    machinesDir: resolve(env['VITRINE_MACHINES'] ?? '/var/lib/vitrine/machines'),
    portalDir: resolve(env['VITRINE_PORTAL_DIR'] ?? 'dist/apps/portal'),
    smtpUrl: env['VITRINE_SMTP_URL'],
    mailFrom: env['VITRINE_MAIL_FROM'] ?? 'vitrine@localhost',
    demo: env['VITRINE_DEMO'] === '1',
    sessions: {
      perPerson: integer(env, 'VITRINE_SESSIONS_PER_PERSON', 3, 1, 100),
      maximumMs: integer(env, 'VITRINE_SESSION_MINUTES', 120, 1, 24 * 60) * 60_000,
      idleMs: integer(env, 'VITRINE_IDLE_MINUTES', 20, 1, 24 * 60) * 60_000,
      startsAtOnce: integer(env, 'VITRINE_STARTS_AT_ONCE', 4, 1, 64),
      memoryMiB: env['VITRINE_SESSION_MIB']
        ? integer(env, 'VITRINE_SESSION_MIB', 0, 256, 2 ** 24)
        : undefined,
      filesMiB: integer(env, 'VITRINE_SESSION_FILES_MIB', 1024, 0, 2 ** 24),
      warm: integer(env, 'VITRINE_WARM_VIEWERS', 1, 0, 16),
      bridges: integer(env, 'VITRINE_WARM_BRIDGES', 1, 0, 16),
    },
    vault: {
      bytesPerPatient: integer(env, 'VITRINE_GIB_PER_PATIENT', 50, 1, 100_000) * 1024 ** 3,
      key: keySourceOf(env, dataDir, installationId),
      previousKey: keySource(env, 'VITRINE_PREVIOUS', dataDir),
      objectStorage: objectStorageOf(env, dataDir, installationId),
    },
    scrub: {
      everyMs: integer(env, 'VITRINE_SCRUB_DAYS', 30, 1, 365) * 24 * 60 * 60_000,
      bytesPerSecond: integer(env, 'VITRINE_SCRUB_MIB_PER_SECOND', 16, 1, 10_000) * 1024 ** 2,
    },
    dicom: dicomSettings(env),
    ftps: ftpsSettings(env),
    clamdSocket: env['VITRINE_CLAMD_SOCKET'] ? resolve(env['VITRINE_CLAMD_SOCKET']) : undefined,
  };
}

function dicomSettings(env: Environment): DicomSettings | undefined {
  const { VITRINE_DICOM_TLS_KEY: key, VITRINE_DICOM_TLS_CERT: cert, VITRINE_DICOM_TLS_CLIENT_CA: ca } = env;
  if (!env['VITRINE_DICOM_PORT']) return undefined;
  // With one of them missing the listener would be open without the protection that was meant.
  if ((key === undefined) !== (cert === undefined) || (ca !== undefined && key === undefined))
    throw new Error('VITRINE_DICOM_TLS_KEY and VITRINE_DICOM_TLS_CERT are only of use together.');
  return {
    host: env['VITRINE_DICOM_HOST'] ?? '127.0.0.1',
    port: integer(env, 'VITRINE_DICOM_PORT', 0, 0, 65_535),
    tls:
      key === undefined || cert === undefined
        ? undefined
        : {
            key: resolve(key),
            cert: resolve(cert),
            clientCa: ca === undefined ? undefined : resolve(ca),
          },
  };
}

/** Every guest runs as this user; who shares it could take the guests' place. */
const GUEST_ID = 1000;

function webUserOf(env: Environment): WebUser | undefined {
  const text = env['VITRINE_WEB_USER'];
  if (!text) return undefined;
  const [, uid, gid] = (/^(\d{1,10}):(\d{1,10})$/.exec(text) ?? []).map(Number);
  if (uid === undefined || gid === undefined)
    throw new Error(
      `VITRINE_WEB_USER must be the numbers of a user and a group, as 990:990, but is "${text}".`,
    );
  if ([uid, gid].some((id) => id === 0 || id === GUEST_ID))
    throw new Error(`VITRINE_WEB_USER must be neither root nor ${GUEST_ID}, as which guests run.`);
  return { uid, gid };
}

/** A place of the session host's. The data folder belongs to others, who could lead root astray in it. */
function hostPlaceOf(env: Environment, name: string, usual: string, dataDir: string): string {
  const path = resolve(env[name] || join(OWN_DIR, usual));
  if (isWithin(path, dataDir)) throw new Error(`${name} must be outside of the data folder, but is ${path}.`);
  return path;
}

/** Where the key of an installation comes from. Throws a plain sentence. */
export const keySourceOf = (env: Environment, dataDir: string, installationId: string): KeySource =>
  keySource(env, 'VITRINE', dataDir) ?? {
    kind: 'file',
    path: join(OWN_DIR, 'keys', `${installationId}.key`),
  };

function keySource(env: Environment, prefix: string, dataDir: string): KeySource | undefined {
  const [file, passphrase] = [`${prefix}_KEY_FILE`, `${prefix}_KEY_PASSPHRASE_FILE`];
  if (env[file] && env[passphrase]) throw new Error(`Set ${file} or ${passphrase}, not both.`);
  const name = env[file] ? file : passphrase;
  const value = env[name];
  if (!value) return undefined;
  const path = resolve(value);
  // Whoever takes the data root away must not get the key with it.
  if (isWithin(path, dataDir)) throw new Error(`${name} must be outside of the data folder, but is ${path}.`);
  return { kind: name === file ? 'file' : 'passphrase', path };
}
