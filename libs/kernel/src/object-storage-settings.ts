import { resolve } from 'node:path';
import { isWithin } from './paths.js';

/** S3-compatible object storage for the sealed bytes of the vault. */
export interface ObjectStorageSettings {
  /** Without a path. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Stands before every key; without slashes at its ends. */
  readonly prefix: string;
  /** The bucket is named in the path and not in the host name. */
  readonly pathStyle: boolean;
  /** Two lines: access key id, secret access key. Never below the data root. */
  readonly credentialsFile: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const NAMES = ['VITRINE_S3_ENDPOINT', 'VITRINE_S3_BUCKET', 'VITRINE_S3_CREDENTIALS_FILE'] as const;

/** Undefined where the local folder is used. Throws a plain sentence for what cannot be used. */
export function objectStorageOf(
  env: Environment,
  dataDir: string,
  installationId: string,
): ObjectStorageSettings | undefined {
  const [endpoint, bucket, credentialsFile] = NAMES.map((name) => env[name] || undefined);
  if (endpoint === undefined && bucket === undefined && credentialsFile === undefined) return undefined;
  if (endpoint === undefined || bucket === undefined || credentialsFile === undefined)
    throw new Error(`${NAMES.join(', ')} are only of use together.`);
  const prefix = env['VITRINE_S3_PREFIX'] || installationId;
  if (!BUCKET.test(bucket)) throw new Error(`VITRINE_S3_BUCKET cannot be the name of a bucket: "${bucket}".`);
  if (!PREFIX.test(prefix) || prefix.split('/').some((part) => /^\.+$/.test(part)))
    throw new Error(`VITRINE_S3_PREFIX must be names with "/" between them, but is "${prefix}".`);
  const path = resolve(credentialsFile);
  // Whoever takes the data root away must not get the way to the stored files with it.
  if (isWithin(path, dataDir))
    throw new Error(`VITRINE_S3_CREDENTIALS_FILE must be outside of the data folder, but is ${path}.`);
  return {
    endpoint: checkedEndpoint(endpoint),
    region: env['VITRINE_S3_REGION'] || 'us-east-1',
    bucket,
    prefix,
    pathStyle: pathStyle(env['VITRINE_S3_PATH_STYLE']),
    credentialsFile: path,
  };
}

function checkedEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.pathname !== '/' || url.search !== '' || url.username !== '')
    throw new Error(`VITRINE_S3_ENDPOINT must be an address like https://s3.example.org, but is "${text}".`);
  // Sealed bytes show nothing, but whoever is in between could take them away, or answer in the store's place.
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname)))
    throw new Error(`VITRINE_S3_ENDPOINT must begin with https:// unless it is on this machine: "${text}".`);
  return url.origin;
}

function pathStyle(text: string | undefined): boolean {
  if (text !== undefined && !['', '0', '1'].includes(text))
    throw new Error(`VITRINE_S3_PATH_STYLE must be 0 or 1, but is "${text}".`);
  return text !== '0';
}
