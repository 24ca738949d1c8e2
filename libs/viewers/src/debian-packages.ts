/** A package of Debian as dpkg lists it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** An image has some hundred; a list that names more is not believed. */
const MOST_PACKAGES = 20_000;
// Debian Policy §5.6.1, §5.6.12.
const NAME = /^[a-z0-9][a-z0-9+.-]{0,99}$/;
const VERSION = /^[0-9][A-Za-z0-9.+:~-]{0,99}$/;
const ARCHITECTURE = /^[a-z0-9-]{1,32}$/;

/**
 * What is installed, of dpkg's own list (`/var/lib/dpkg/status`), sorted. The list is the image's: what is not of its form
 * is left out.
 */
export function readPackages(untrustedList: string): DebianPackage[] {
  const found: DebianPackage[] = [];
  for (const stanza of untrustedList.split(/\n\n+/)) {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1]?.trim() ?? '';
    const [name, version, architecture] = [field('Package'), field('Version'), field('Architecture')];
    if (!field('Status').endsWith(' installed')) continue;
    if (!NAME.test(name) || !VERSION.test(version) || !ARCHITECTURE.test(architecture)) continue;
    found.push({ name, version, architecture });
    if (found.length === MOST_PACKAGES) break;
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** A bill of materials in CycloneDX 1.5. The same packages of the same image at the same time make the same text. */
export function cycloneDx(digest: string, packages: readonly DebianPackage[], takenAt: string): string {
  const hex = digest.replace(/^sha256:/, '');
  return JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    // RFC 9562 version 8: made of the digest.
    serialNumber: `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
    version: 1,
    metadata: {
      timestamp: takenAt,
      component: {
        type: 'container',
        'bom-ref': digest,
        name: 'viewer image',
        hashes: [{ alg: 'SHA-256', content: hex }],
      },
    },
    components: packages.map(({ name, version, architecture }) => {
      const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`;
      return { type: 'library', 'bom-ref': purl, name, version, purl };
    }),
  });
}
