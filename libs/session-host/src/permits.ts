import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Isolation } from '@vitrine/hypervisor';
import { Problem } from '@vitrine/kernel';
import type { RecordClaim } from './session-host.js';

/** Who may be shown what, in which program, until when. Signed when somebody asks for a session, checked when it is mounted. */
export interface SessionPermit {
  readonly sessionId: string;
  /** Who asked. */
  readonly by: { readonly kind: string; readonly id: string };
  readonly patientId: string;
  readonly imageDigest: string;
  /** The walls around it. */
  readonly isolation: Isolation;
  /** What it saves may come out, for the patient to decide on. */
  readonly results?: boolean;
  /** Of the ids of all blobs: see `digestOfBlobs`. */
  readonly blobs: string;
  /** ISO 8601, UTC. */
  readonly until: string;
}

const FORM = /^([A-Za-z0-9_-]{1,4000})\.([A-Za-z0-9_-]{43})$/;

/** The same for the same blobs in any order. */
export const digestOfBlobs = (blobIds: readonly string[]): string =>
  createHash('sha256')
    .update([...new Set(blobIds)].sort().join('\n'))
    .digest('hex');

/** Says that somebody may be shown something. */
export abstract class PermitIssuer {
  abstract sign(permit: SessionPermit): string;
}

/** Signs permits and checks them. The key lies in no database, so a changed row is no permit. */
export class PermitSigner extends PermitIssuer {
  constructor(private readonly key: Buffer) {
    super();
  }

  override sign(permit: SessionPermit): string {
    const { sessionId, by, patientId, imageDigest, isolation, results = false, blobs, until } = permit;
    const body = Buffer.from(
      JSON.stringify([
        1,
        sessionId,
        by.kind,
        by.id,
        patientId,
        imageDigest,
        isolation,
        blobs,
        until,
        results,
      ]),
    ).toString('base64url');
    return `${body}.${this.macOf(body).toString('base64url')}`;
  }

  /** Throws `sessions.not-permitted` unless it was signed for exactly this session and claim, and is not over. */
  check(text: string | null, sessionId: string, claim: RecordClaim, now: Date): SessionPermit {
    const [, body = '', mac = ''] = FORM.exec(text ?? '') ?? [];
    if (body === '') throw refused('there is no permit');
    if (!timingSafeEqual(this.macOf(body), Buffer.from(mac, 'base64url'))) throw refused('its signature');
    const permit = read(body);
    const faults: readonly (readonly [string, boolean])[] = [
      ['another session', permit.sessionId !== sessionId],
      ['another patient', permit.patientId !== claim.patientId],
      ['other files', permit.blobs !== digestOfBlobs(claim.blobIds)],
      ['it is over', !(Date.parse(permit.until) > now.getTime())],
    ];
    const fault = faults.find(([, found]) => found);
    if (fault) throw refused(fault[0]);
    return permit;
  }

  private macOf(body: string): Buffer {
    return createHmac('sha256', this.key).update(`permit\n${body}`).digest();
  }
}

/** Only called for what was signed by us. */
function read(body: string): SessionPermit {
  const [version, sessionId, kind, id, patientId, imageDigest, isolation, blobs, until, results] = JSON.parse(
    Buffer.from(body, 'base64url').toString('utf8'),
  ) as [number, string, string, string, string, string, Isolation, string, string, boolean?];
  if (version !== 1) throw refused('its version');
  // Permits of earlier versions do not speak of results.
  const said = results === true ? { results } : {};
  return { sessionId, by: { kind, id }, patientId, imageDigest, isolation, ...said, blobs, until };
}

/** `reason` is for the log. */
export const refused = (reason: string): Problem =>
  new Problem('sessions.not-permitted', { logContext: { reason } });
