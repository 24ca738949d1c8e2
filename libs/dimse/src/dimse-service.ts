import type { ConnectionOptions } from 'node:tls';
import type { AssociateRequest } from './associate-request.js';
import type { Rejection } from './pdu-writer.js';

/** Status of a response (PS3.7 annex C, PS3.4 §B.2.3). */
export const STATUS = {
  success: 0x0000,
  pending: 0xff00,
  pendingWithoutKeys: 0xff01,
  cancelled: 0xfe00,
  processingFailure: 0x0110,
  invalidSopInstance: 0x0117,
  sopClassNotSupported: 0x0122,
  notAuthorized: 0x0124,
  unrecognizedOperation: 0x0211,
  outOfResources: 0xa700,
  subOperationsRefused: 0xa702,
  moveDestinationUnknown: 0xa801,
  identifierMismatch: 0xa900,
  subOperationsFailed: 0xb000,
  cannotUnderstand: 0xc000,
} as const;

/** An operation that is answered with another status than success. */
export class StatusError extends Error {
  override readonly name = 'StatusError';

  /** @param comment for the operator of the other side, at most 64 characters, without anything of a record. */
  constructor(
    readonly status: number,
    comment: string,
  ) {
    super(comment);
  }
}

/** Where the bytes of one object go. Exactly one of `finish` and `discard` is called, and it is called last. */
export interface ObjectSink {
  /** Resolves when more can be taken. The bytes are not kept by the caller. Throws StatusError. */
  write(fragment: Buffer): Promise<void>;
  /** Resolves when the object survives a power cut: success is answered only then. Throws StatusError. */
  finish(): Promise<void>;
  /** Forgets what was written; the peer went away or broke the protocol. */
  discard(): Promise<void>;
}

/** An object as it is announced by a C-STORE request. Its data set follows in `transferSyntaxUid`. */
export interface AnnouncedObject {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
}

/** An object that we send. Its data set lies in `transferSyntaxUid`. */
export interface OutgoingObject extends AnnouncedObject {
  /** Opened when its turn comes. What it throws fails this object, or later on ends the association. */
  content(): AsyncIterable<Uint8Array>;
}

/** Who does what for a SOP class, of the requestor (PS3.7 §D.3.3.4). */
export interface Role {
  readonly scu: boolean;
  readonly scp: boolean;
}

/** One kind of object or query that the requestor offers. */
export interface Proposal {
  readonly abstractSyntax: string;
  /** In the order of the requestor; none where it broke the standard. */
  readonly transferSyntaxes: readonly string[];
  readonly role: Role;
}

/** How a proposal is accepted; a transfer syntax of undefined is that none of them is. */
export interface Terms {
  readonly transferSyntax: string | undefined;
  readonly role: Role;
}

/** What the other side asks for by C-FIND, C-GET or C-MOVE, as bytes (PS3.4 annex C, Identifier). */
export interface Query {
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
  readonly identifier: Buffer;
}

export interface Match {
  /** In the transfer syntax of the query. */
  readonly identifier: Buffer;
  /** False when a key of the query is not supported and so not among the answers. */
  readonly allKeys: boolean;
}

/** Where an application entity listens, and how it is known there (C-MOVE destination). */
export interface Destination {
  readonly aeTitle: string;
  readonly host: string;
  readonly port: number;
  /** As what we introduce ourselves. */
  readonly callingAeTitle: string;
  readonly tls?: PinnedTls;
}

export interface PinnedTls {
  readonly options: ConnectionOptions;
  /** SHA-256 of the certificate that has to be shown, in lower case hex digits. */
  readonly fingerprint: string;
}

/** Query and retrieve, for a visit that may read. All throw StatusError for what is refused. */
export interface Reader {
  /** As what the other side introduced itself. */
  readonly callingAeTitle: string;
  find(query: Query): AsyncIterable<Match>;
  /** Everything that the query names. `destination` is set for C-MOVE. */
  retrieve(query: Query, destination: Destination | undefined): Promise<readonly OutgoingObject[]>;
  /** Where a title of a C-MOVE request leads; never an address that came with it. */
  destination(aeTitle: string): Promise<Destination>;
}

/** Who is at the other end of a connection. */
export interface Peer {
  readonly address: string;
  /** SHA-256 of the certificate that it showed, in lower case hex digits; undefined without TLS or certificate. */
  readonly certificate: string | undefined;
}

/** What is behind the door: decides who comes in, and on nothing of the protocol. */
export interface DimseService {
  /** Decides on an association before anything is accepted. */
  admit(request: AssociateRequest, peer: Peer): Promise<Visit | Rejection>;
}

/** One association that was let in. */
export interface Visit {
  /** Decides on a context; undefined where the abstract syntax is not supported. Verification is not asked for. */
  agree(proposal: Proposal): Terms | undefined;
  /** Throws StatusError where the object is not taken. */
  store(object: AnnouncedObject): Promise<ObjectSink>;
  /** Set for a visit that may read. */
  readonly reader?: Reader;
  /** The association is over, for whatever reason. Called once. */
  end(): void;
}

export const isVisit = (answer: Visit | Rejection): answer is Visit => 'agree' in answer;
