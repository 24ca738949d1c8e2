import { chmodSync, chownSync } from 'node:fs';
import { openGuestSocket, type GuestEndpoint } from '@vitrine/hypervisor';
import type { WebUser } from '@vitrine/kernel';

/**
 * Lets the web processes, who are not root, connect to a guest's socket. The socket is pinned first, so it is the
 * guest's own that is changed, whatever the guest does to its name. The guest stays its owner.
 */
export function openDoor(endpoint: GuestEndpoint | undefined, web: WebUser | undefined): void {
  if (!endpoint || !web) return;
  const pinned = openGuestSocket(endpoint);
  try {
    chownSync(pinned.path, endpoint.ownerUid, web.gid);
    chmodSync(pinned.path, 0o660);
  } finally {
    pinned.close();
  }
}
