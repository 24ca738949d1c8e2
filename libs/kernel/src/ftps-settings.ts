import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import { integer, type Environment } from './environment.js';

export interface FtpsSettings {
  readonly host: string;
  readonly port: number;
  /** PEM files. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** For data connections, both ends included; the system chooses where it is undefined. */
  readonly passivePorts: { readonly from: number; readonly to: number } | undefined;
  /** The IPv4 address by which clients reach us, where the network translates addresses. */
  readonly passiveAddress: string | undefined;
}

/** Undefined where no port is set. Throws a plain sentence. */
export function ftpsSettings(env: Environment): FtpsSettings | undefined {
  if (!env['VITRINE_FTPS_PORT']) return undefined;
  const { VITRINE_FTPS_TLS_KEY: key, VITRINE_FTPS_TLS_CERT: cert } = env;
  // Passwords and images in the clear are what this door is not for.
  if (!key || !cert)
    throw new Error(
      'VITRINE_FTPS_PORT needs VITRINE_FTPS_TLS_KEY and VITRINE_FTPS_TLS_CERT: there is no FTP without TLS.',
    );
  const passiveAddress = env['VITRINE_FTPS_PASSIVE_ADDRESS'] || undefined;
  if (passiveAddress !== undefined && !isIPv4(passiveAddress))
    throw new Error(`VITRINE_FTPS_PASSIVE_ADDRESS must be an IPv4 address, but is "${passiveAddress}".`);
  return {
    host: env['VITRINE_FTPS_HOST'] ?? '127.0.0.1',
    port: integer(env, 'VITRINE_FTPS_PORT', 0, 0, 65_535),
    tls: { key: resolve(key), cert: resolve(cert) },
    passivePorts: portRange(env['VITRINE_FTPS_PASSIVE_PORTS']),
    passiveAddress,
  };
}

function portRange(text: string | undefined): FtpsSettings['passivePorts'] {
  if (!text) return undefined;
  const [from, to] = (/^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []).slice(1).map(Number);
  if (from === undefined || to === undefined || from < 1 || from > to || to > 65_535)
    throw new Error(`VITRINE_FTPS_PASSIVE_PORTS must be like 40000-40099, but is "${text}".`);
  return { from, to };
}
