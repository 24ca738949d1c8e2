import { newId } from '@vitrine/kernel';
import { Session } from '../src/session.entity.js';

const HOUR_MS = 3_600_000;

/** A session with a picture, of nobody in particular, whose guests nobody started. */
export function readySession(own: Partial<Session> = {}, now = Date.now()): Session {
  const at = new Date(now).toISOString();
  const inAnHour = new Date(now + HOUR_MS).toISOString();
  const ref = { driver: 'fake' as const, name: newId(), state: { version: 1, data: {} } };
  return Object.assign(new Session(), {
    id: newId(),
    patientId: newId(),
    startedBy: { kind: 'account' as const, id: newId(), name: 'Ada' },
    viewerId: 'aeskulap',
    imageDigest: 'sha256:0',
    itemIds: [],
    title: 'CT of the head',
    state: 'ready' as const,
    revision: 0,
    unverified: false,
    guests: { viewer: ref, guacd: ref },
    plan: {
      network: 'none' as const,
      resources: { cpus: 1, memoryMiB: 256, pids: 64, scratchMiB: 64 },
      registration: null,
      guacdDigest: 'sha256:0',
      bytes: 0,
      files: 0,
    },
    permit: null,
    egressClosedAt: null,
    walls: null,
    viewerStatus: 'showing' as const,
    endReason: null,
    endedBy: null,
    failure: null,
    createdAt: at,
    readyAt: at,
    endedAt: null,
    startDeadline: inAnHour,
    expiresAt: inAnHour,
    lastInputAt: at,
    reservationId: null,
    peakMiB: null,
    ...own,
  });
}
