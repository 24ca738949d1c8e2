import { join } from 'node:path';
import type { GuestEndpoint } from '@vitrine/hypervisor';
import { webDir } from '@vitrine/kernel';

/** The user that every guest runs as. */
const GUEST_UID = 1000;

/** Where on the host a session's guests listen. Both names lie in folders that the guests can write. */
export function sessionEndpoints(
  runDir: string,
  sessionId: string,
): { readonly display: GuestEndpoint; readonly guacd: GuestEndpoint } {
  const at = (folder: string, name: string): GuestEndpoint => ({
    hostPath: join(runDir, 'sessions', sessionId, folder, name),
    ownerUid: GUEST_UID,
  });
  return { display: at('display', 'vnc.sock'), guacd: at('guacd', 'guacd.sock') };
}

/** The gateway's internal socket: who can open it may cut tunnels. */
export const gatewaySocket = (runDir: string): string => join(webDir(runDir), 'gateway.sock');
