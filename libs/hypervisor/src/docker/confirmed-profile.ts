import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { ContainerInspectInfo } from 'dockerode';
import { ANY_FAMILY, socketFamiliesOf } from '../seccomp/socket-families.js';

const OPTION = 'seccomp=';

/**
 * The families of sockets that a guest can have by the profile which the engine says that it runs with; not by the one
 * that we meant to give it. An engine's own profile is not told, so nothing is known of it.
 */
export async function confirmedFamilies({
  HostConfig,
}: Pick<ContainerInspectInfo, 'HostConfig'>): Promise<string[]> {
  const profiles = ((HostConfig.SecurityOpt ?? []) as readonly string[])
    .filter((option) => option.startsWith(OPTION))
    .map((option) => option.slice(OPTION.length));
  if (profiles.length === 0) return [ANY_FAMILY];
  const families = await Promise.all(
    profiles.map(async (profile) => socketFamiliesOf(await textOf(profile))),
  );
  return [...new Set(families.flat())];
}

/** Podman confirms the path of a file on this machine, in a folder of root's. */
const textOf = async (profile: string): Promise<string> =>
  isAbsolute(profile) ? readFile(profile, 'utf8').catch(() => '') : profile;
