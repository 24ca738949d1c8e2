import type { Reply } from './replies.js';

/** Something that is answered with a reply of its own. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(readonly reply: Reply) {
    super(reply.text);
  }
}

/** Where the bytes of one file go. Exactly one of `finish` and `discard` is called, and it is called last. */
export interface FileSink {
  /** Resolves when more can be taken. Throws Refused. */
  write(chunk: Buffer): Promise<void>;
  /** Resolves when the file survives a power cut: 226 is answered only then. Throws Refused. */
  finish(): Promise<void>;
  /** Forgets what was written; the file did not come whole. */
  discard(): Promise<void>;
}

export interface Login {
  readonly user: string;
  readonly password: string;
  /** Of the other side, without the wrapping of IPv4 in IPv6. */
  readonly address: string;
}

/** What is behind the door: decides who comes in, and on nothing of the protocol. */
export interface FtpsService {
  /** Throws Refused where it is not let in. */
  admit(login: Login): Promise<Visit>;
}

/** One login. */
export interface Visit {
  /** A file is about to come. `path` are names that the client chose, without `.` and `..`; data, never a path of ours. */
  store(path: readonly string[]): Promise<FileSink>;
  /** The connection is over, for whatever reason. Called once. */
  end(): void;
}
