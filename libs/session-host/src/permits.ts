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
  /** With whom its guest may speak, as `egressText` writes it; usually nobody. */
  readonly egress: readonly string[];
  /** ISO 8601, UTC. */
  readonly until: string;
}

/** Who may build on which image, until when. A build sees made data only, so there is no patient in it. */
export interface BuildPermit {
  readonly sessionId: string;
  readonly by: { readonly kind: string; readonly id: string };
  readonly imageDigest: string;
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

  abstract signBuild(permit: BuildPermit): string;
}

/** Signs permits and checks them. The key lies in no database, so a changed row is no permit. */
export class PermitSigner extends PermitIssuer {
  constructor(private readonly key: Buffer) {
    super();
  }

  override sign(permit: SessionPermit): string {
    const {
      sessionId,
      by,
      patientId,
      imageDigest,
      isolation,
      results = false,
      blobs,
      until,
      egress,
    } = permit;
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
        egress,
      ]),
    ).toString('base64url');
    return `${body}.${this.macOf(body).toString('base64url')}`;
  }

  override signBuild({ sessionId, by, imageDigest, until }: BuildPermit): string {
    const fields: BuildFields = [1, sessionId, by.kind, by.id, imageDigest, until];
    const body = Buffer.from(JSON.stringify(fields)).toString('base64url');
    return `${body}.${this.macOf(body, 'build').toString('base64url')}`;
  }

  /** Throws `sessions.not-permitted` unless it was signed for a build on exactly this image, and is not over. */
  checkBuild(text: string, sessionId: string, imageDigest: string, now: Date): BuildPermit {
    const body = this.opened(text, 'build');
    const fields = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as BuildFields;
    const [version, forSession, kind, id, onImage, until] = fields;
    if (version !== 1) throw refused('its version');
    if (forSession !== sessionId) throw refused('another session');
    if (onImage !== imageDigest) throw refused('another image');
    if (!(Date.parse(until) > now.getTime())) throw refused('it is over');
    return { sessionId, by: { kind, id }, imageDigest, until };
  }

  /** Throws `sessions.not-permitted` unless it was signed for exactly this session and claim, and is not over. */
  check(text: string | null, sessionId: string, claim: RecordClaim, now: Date): SessionPermit {
    const permit = this.open(text, sessionId, now);
    if (permit.patientId !== claim.patientId) throw refused('another patient');
    if (permit.blobs !== digestOfBlobs(claim.blobIds)) throw refused('other files');
    return permit;
  }

  /** What it says. Throws `sessions.not-permitted` unless it was signed for this session, and is not over. */
  open(text: string | null, sessionId: string, now: Date): SessionPermit {
    const permit = read(this.opened(text ?? '', 'permit'));
    if (permit.sessionId !== sessionId) throw refused('another session');
    if (!(Date.parse(permit.until) > now.getTime())) throw refused('it is over');
    return permit;
  }

  /** Its body. A permit of one kind is none of another: the kind is part of what is signed. */
  private opened(text: string, kind: PermitKind): string {
    const [, body = '', mac = ''] = FORM.exec(text) ?? [];
    if (body === '') throw refused('there is no permit');
    if (!timingSafeEqual(this.macOf(body, kind), Buffer.from(mac, 'base64url')))
      throw refused('its signature');
    return body;
  }

  private macOf(body: string, kind: PermitKind = 'permit'): Buffer {
    return createHmac('sha256', this.key).update(`${kind}\n${body}`).digest();
  }
}

type PermitKind = 'permit' | 'build';
type BuildFields = [
  version: number,
  sessionId: string,
  kind: string,
  id: string,
  imageDigest: string,
  until: string,
];

/** Only called for what was signed by us. */
function read(body: string): SessionPermit {
  // Permits of earlier versions speak neither of results nor of egress.
  const fields = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as [
    number,
    string,
    string,
    string,
    string,
    string,
    Isolation,
    string,
    string,
    boolean?,
    string[]?,
  ];
  const [
    version,
    sessionId,
    kind,
    id,
    patientId,
    imageDigest,
    isolation,
    blobs,
    until,
    results,
    egress = [],
  ] = fields;
  if (version !== 1) throw refused('its version');
  const said = results === true ? { results } : {};
  return { sessionId, by: { kind, id }, patientId, imageDigest, isolation, ...said, blobs, until, egress };
}

/** `reason` is for the log. */
export const refused = (reason: string): Problem =>
  new Problem('sessions.not-permitted', { logContext: { reason } });
