export * from './hypervisor-driver.js';
export { DockerDriver, type DockerDriverOptions } from './docker/docker.driver.js';
export { Workshop, type BuildSpec, type Freeze } from './workshop.js';
export { DockerWorkshop, type DockerWorkshopOptions } from './docker/docker-workshop.js';
export { QemuDriver, type GuestEngine, type QemuDriverOptions } from './qemu/qemu.driver.js';
export { GUEST_UID } from './docker/guest-options.js';
export { HostMounts, SystemMounts, type TmpfsOptions } from './host/host-mounts.js';
export { mountOf, parseMounts, type MountPoint } from './host/mount-table.js';
export { JobRunner, type JobRequest, type JobResult } from './jobs/job-runner.js';
export {
  collectResults,
  type CollectBounds,
  type CollectedFile,
  type Collection,
  type CollectRule,
} from './jobs/collect.js';
export { connectGuestSocket, openGuestSocket, type PinnedSocket } from './sockets/guest-socket.js';
export { awaitEndpoint } from './sockets/await-endpoint.js';
export { readGuestWord } from './sockets/guest-word.js';
export { probeGuacd } from './sockets/guacd.js';
export { probeRfb } from './sockets/rfb.js';
export { seccompProfile, type SeccompProfile } from './seccomp/profile.js';
