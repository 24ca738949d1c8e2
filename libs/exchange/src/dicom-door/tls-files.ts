import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import type { DicomSettings } from '@vitrine/kernel';

/** Our own key and certificate, as the operator named them. PS3.15 §B.12: TLS 1.2 or newer. */
export const tlsFiles = (tls: DicomSettings['tls']): SecureContextOptions => ({
  ...(tls === undefined ? {} : { key: readFileSync(tls.key), cert: readFileSync(tls.cert) }),
  minVersion: 'TLSv1.2',
});
