import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a key and a certificate that vouches for itself; answers the paths of both. */
export function selfSigned(folder: string, name: string): [key: string, cert: string] {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  writeFileSync(key, '');
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`];
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return [key, cert];
}

/** As `openssl x509 -fingerprint -sha256` prints it. */
export const fingerprintOf = (cert: string): string => new X509Certificate(readFileSync(cert)).fingerprint256;
