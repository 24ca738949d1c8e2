import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { GuestExamination, GuestRef, Isolation } from '@vitrine/hypervisor';
import type { ProblemCode } from '@vitrine/kernel';
import {
  VIEWER_WORDS,
  type ViewerNetwork,
  type ViewerResources,
  type ViewerWord,
} from '@vitrine/session-host';
import type { Looker } from './record-source.js';
import type { SessionState } from './session-machine.js';

export type EndReason =
  | 'stopped'
  | 'time-up'
  | 'idle'
  | 'revoked'
  | 'viewer-crashed'
  | 'out-of-memory'
  | 'guest-lost'
  | 'too-large'
  | 'start-failed'
  | 'took-too-long'
  | 'ended-by-admin';

export const VIEWER_STATUSES = VIEWER_WORDS;
export type ViewerStatus = ViewerWord;

/** Who asked for a session, or ended it. */
export interface SessionAgent {
  readonly kind: 'account' | 'visitor' | 'system';
  readonly id: string;
  readonly name: string;
}

/** An account that starts sessions is the patient's own: nobody else has a route to it. */
export const lookerOf = ({ kind }: SessionAgent): Looker => (kind === 'account' ? 'patient' : 'visitor');

/** Everything that its guests are made from, so that a later change of the catalogue cannot lose or alter them. */
export interface SessionPlan {
  readonly network: ViewerNetwork;
  readonly resources: ViewerResources;
  /** Absent from sessions of earlier versions: `standard`. */
  readonly isolation?: Isolation;
  readonly guacdDigest: string;
  /** The session host's word for the image. */
  readonly registration: string | null;
  /** What will be laid out: sizes the record's memory. */
  readonly bytes: number;
  readonly files: number;
  /** It lies sealed on the disk instead of in memory. */
  readonly scratch?: boolean;
  /** The viewer has a folder for results, in memory. */
  readonly results?: boolean;
  /** With whom the patient let it speak, as `egressText` writes it; absent for nobody. The permit says the same. */
  readonly egress?: readonly string[];
  /** It may run so long, where that is not the usual time. */
  readonly longestMs?: number;
  /** It is no viewer but a copy of an image that is changed: see `isBuild`. */
  readonly build?: true;
}

/** A copy of an image that an admin changes: made data, a network, nothing of anybody's. Its `patientId` is the admin's. */
export const isBuild = ({ plan }: Pick<Session, 'plan'>): boolean => plan.build === true;

/** In whose record of acts it is told; nobody's where no record was opened. */
export const recordOf = (session: Pick<Session, 'plan' | 'patientId'>): string | null =>
  isBuild(session) ? null : session.patientId;

export const isolationOf = ({ isolation = 'standard' }: SessionPlan): Isolation => isolation;

export interface SessionWalls {
  readonly viewer: GuestExamination;
  readonly guacd: GuestExamination;
}

/** What earlier versions did not keep. */
type KeptSince = 'mounts' | 'capabilities' | 'seccomp' | 'socketFamilies';
type KeptExamination = Omit<GuestExamination, KeptSince> & Partial<Pick<GuestExamination, KeptSince>>;
export type KeptWalls = Readonly<Record<keyof SessionWalls, KeptExamination>>;

/** A person's running viewer. The row exists before any guest does and after every guest is gone. */
@Entity('session')
@Index(['state'])
@Index(['imageDigest', 'endedAt'])
export class Session {
  @PrimaryColumn('text')
  id!: string;

  @Index()
  @Column('text')
  patientId!: string;

  /** The account or the grant that asked for it. */
  @Column('simple-json')
  startedBy!: SessionAgent;

  @Column('text')
  viewerId!: string;

  @Column('text')
  imageDigest!: string;

  /** What is mounted, exactly. */
  @Column('simple-json')
  itemIds!: string[];

  /** What was opened, in the words that the record had for it then; for the record of acts. */
  @Column('text')
  title!: string;

  @Column('text')
  state!: SessionState;

  /** Counts every change of state; writers compare and set on it. */
  @Column('integer', { default: 0 })
  revision!: number;

  /** Seen by nobody since the control plane started; what it says may be out of date. */
  @Column('boolean', { default: false })
  unverified!: boolean;

  /** Written before the guests exist, so that a crash leaves nothing unfindable. */
  @Column('simple-json')
  guests!: { readonly viewer: GuestRef; readonly guacd: GuestRef };

  @Column('simple-json')
  plan!: SessionPlan;

  /** What the session may show, signed when it was asked for; without it the session host mounts nothing. */
  @Column('text', { nullable: true })
  permit!: string | null;

  /** Since when it may speak with nobody any more; for good. */
  @Column('text', { nullable: true })
  egressClosedAt!: string | null;

  /** What was seen of the walls around both guests before anybody saw a picture; null until then. */
  @Column('simple-json', { nullable: true })
  walls!: KeptWalls | null;

  /**
   * Something lay in its folder for results when that was last looked at. The folder is in memory: when the machine
   * stops, this alone tells that something is lost.
   */
  @Column('boolean', { default: false })
  holdsResults!: boolean;

  /** What the viewer says of itself. */
  @Column('text', { default: 'waiting' })
  viewerStatus!: ViewerStatus;

  @Column('text', { nullable: true })
  endReason!: EndReason | null;

  @Column('simple-json', { nullable: true })
  endedBy!: SessionAgent | null;

  /** Why it failed, where that is known better than by `endReason`. */
  @Column('text', { nullable: true })
  failure!: ProblemCode | null;

  @Column('text')
  createdAt!: string;

  @Column('text', { nullable: true })
  readyAt!: string | null;

  @Column('text', { nullable: true })
  endedAt!: string | null;

  /** The start is given up after this. */
  @Column('text')
  startDeadline!: string;

  /** Its time is up. As long as it waits for a place: the latest that this can be. */
  @Column('text')
  expiresAt!: string;

  /** Last key, mouse or touch of a participant who may steer, or last join; written by the gateway. */
  @Column('text')
  lastInputAt!: string;

  /** What both guests had at most, in MiB; null where that was not measured, or tells nothing about others. */
  @Column('integer', { nullable: true })
  peakMiB!: number | null;

  /** The place that was kept for its patient, and that it took when it was let in. */
  @Index()
  @Column('text', { nullable: true })
  reservationId!: string | null;
}
