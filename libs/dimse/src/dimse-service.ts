import type { AssociateRequest } from './associate-request.js';
import type { Rejection } from './pdu-writer.js';

/** Status of a response (PS3.7 annex C, PS3.4 §B.2.3). */
export const STATUS = {
  success: 0x0000,
  pending: 0xff00,
  cancelled: 0xfe00,
  processingFailure: 0x0110,
  invalidSopInstance: 0x0117,
  sopClassNotSupported: 0x0122,
  notAuthorized: 0x0124,
  unrecognizedOperation: 0x0211,
  outOfResources: 0xa700,
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

/** What is behind the door: decides who comes in, and on nothing of the protocol. */
export interface DimseService {
  /** Decides on an association before anything is accepted. `peer` is the address that it comes from. */
  admit(request: AssociateRequest, peer: string): Promise<Visit | Rejection>;
}

/** One association that was let in. */
export interface Visit {
  /** Which abstract syntaxes besides Verification are accepted. */
  supports(abstractSyntax: string): boolean;
  /** Throws StatusError where the object is not taken. */
  store(object: AnnouncedObject): Promise<ObjectSink>;
  /** The association is over, for whatever reason. Called once. */
  end(): void;
}

export const isVisit = (answer: Visit | Rejection): answer is Visit => 'supports' in answer;
