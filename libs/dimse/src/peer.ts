import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Peer } from './dimse-service.js';

/** Who is at the other end; undefined when the connection is gone already. */
export function peerOf(socket: Socket): Peer | undefined {
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) return undefined;
  return {
    // `192.0.2.7` also where the system writes `::ffff:192.0.2.7`.
    address: remoteAddress.replace(/^::ffff:(?=\d+\.)/i, ''),
    certificate: socket instanceof TLSSocket ? certificateOf(socket) : undefined,
  };
}

/** SHA-256 of the certificate that the other end showed, in lower case hex digits. */
export function certificateOf(socket: TLSSocket): string | undefined {
  // Empty where none was shown, whatever its type says.
  const { fingerprint256 } = socket.getPeerCertificate() as { readonly fingerprint256?: string };
  return fingerprint256?.replaceAll(':', '').toLowerCase();
}
