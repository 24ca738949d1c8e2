import type { ContainerInspectInfo } from 'dockerode';
import { GUEST_UID, KVM_DEVICE } from './guest-options.js';

/**
 * What the engine does not confirm of the walls that every guest is promised, in plain words; empty when all stand.
 * The full list is proven by a test of the driver; this is the look at one guest that runs.
 */
export function breachesOf(
  { HostConfig: host, Config: config }: ContainerInspectInfo,
  { mayHaveKvm }: { readonly mayHaveKvm: boolean },
): string[] {
  const security = (host.SecurityOpt ?? []) as readonly string[];
  const walls: readonly (readonly [string, boolean])[] = [
    ['it has a network', host.NetworkMode === 'none'],
    ['its system can be changed', host.ReadonlyRootfs === true],
    ['it is privileged', host.Privileged !== true],
    ['it has capabilities', isAll(host.CapDrop) && isEmpty(host.CapAdd)],
    ['it can gain rights', security.some((option) => option.startsWith('no-new-privileges'))],
    ['its system calls are not filtered', security.some((option) => option.startsWith('seccomp='))],
    ['it does not run as the guest user', config.User === `${GUEST_UID}:${GUEST_UID}`],
    ['it has devices', isEmpty(host.Devices) || (mayHaveKvm && isKvm(host.Devices))],
    ['its memory is not limited', (host.Memory ?? 0) > 0],
  ];
  return walls.filter(([, stands]) => !stands).map(([breach]) => breach);
}

const isAll = (capabilities: unknown): boolean =>
  // Podman names each of them.
  Array.isArray(capabilities) && (capabilities.includes('ALL') || capabilities.length > 5);
const isKvm = (devices: unknown): boolean =>
  Array.isArray(devices) &&
  devices.every(({ PathInContainer }: { PathInContainer?: string }) => PathInContainer === KVM_DEVICE);
export const isEmpty = (list: unknown): boolean => !Array.isArray(list) || list.length === 0;
