import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Server } from 'node:net';
import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocketOptions,
} from 'node:tls';

const TICKET_KEY_BYTES = 48;
/** A client that makes sessions without end keeps the latest. */
const MOST_SESSIONS = 8;

type Done = () => void;
type Found = (error: Error | null, session: Buffer | null) => void;

/**
 * The TLS sessions of one control connection and no other: they are kept here, and its tickets are sealed with a key of
 * its own. So a data connection that resumes one of them is made by the same client, whatever stands between.
 *
 * TLS 1.2 only. A ticket of TLS 1.3 is good for one connection, and the next one comes on the data connection, from which
 * a client that sends a small file never reads: its second file could not resume anything.
 */
export class ClientBinding {
  private readonly context: SecureContext;
  private readonly sessions = new Map<string, Buffer>();

  /** Throws where key or certificate cannot be used. */
  constructor(certificate: SecureContextOptions) {
    const ticketKeys = randomBytes(TICKET_KEY_BYTES);
    this.context = createSecureContext({
      ...certificate,
      ticketKeys,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
    });
  }

  /** For the control connection, and for each data connection of it. */
  options(): TLSSocketOptions {
    return { isServer: true, secureContext: this.context, server: this.store() };
  }

  /** TLS sockets ask their server for sessions; for these there is none that listens. */
  private store(): Server {
    return new EventEmitter()
      .on('newSession', (id: Buffer, session: Buffer, done: Done) => {
        this.sessions.set(id.toString('hex'), session);
        const [oldest] = this.sessions.keys();
        if (this.sessions.size > MOST_SESSIONS && oldest !== undefined) this.sessions.delete(oldest);
        done();
      })
      .on('resumeSession', (id: Buffer, found: Found) =>
        found(null, this.sessions.get(id.toString('hex')) ?? null),
      ) as Server;
  }
}
