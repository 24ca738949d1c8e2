import { existsSync } from 'node:fs';
import { aptInstall, mayInstall } from './debian.mjs';
import { say } from './say.mjs';

const PROGRAMS = { '/usr/bin/fusermount': 'fuse3', '/usr/bin/gocryptfs': 'gocryptfs' };

/** What is needed to open studies that are larger than a session may hold in memory. Nothing else needs it. */
export async function ensureScratch() {
  const missing = Object.entries(PROGRAMS).filter(([path]) => !existsSync(path));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  if (mayInstall()) await aptInstall(packages, 'for studies that are larger than memory');
  else say(`  Install ${packages.join(' and ')} to open studies of more than VITRINE_SESSION_FILES_MIB.`);
}
