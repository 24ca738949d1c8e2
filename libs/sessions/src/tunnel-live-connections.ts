import { request } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { Problem, SETTINGS, withDeadline, type ProblemCode, type Settings } from '@vitrine/kernel';
import { gatewaySocket } from './tunnel-endpoints.js';

/** Longer than callers wait for the answer: what they no longer wait for is cut all the same. */
const CUT_DEADLINE_MS = 10_000;
const MAXIMUM_ANSWER = 4096;

/** Which tunnels to end: those of the named people, and those of the named sessions. */
export interface CutRequest {
  /** Account ids and grant ids. */
  readonly participantIds?: readonly string[];
  readonly participationIds?: readonly string[];
  readonly sessionIds?: readonly string[];
  /** Sessions that may speak with nobody outside any more; their displays go on. */
  readonly egressOf?: readonly string[];
  /** What the people concerned are told; by default that they were cut off, or that the session ended. */
  readonly reason?: ProblemCode;
}

/** Ends connections to displays, from outside of the process that holds them. */
@Injectable()
export class LiveConnections {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /**
   * Returns after the last matching tunnel is closed, also one that is joining at this moment, and says how many
   * there were. Call it after the commit that forbids a new join. A gateway that does not run holds no tunnel.
   * Throws `kernel.busy` when it takes longer than ten seconds.
   */
  cut(what: CutRequest): Promise<number> {
    return withDeadline(CUT_DEADLINE_MS, 'kernel.busy', (deadline) => this.post(what, deadline));
  }

  private post(what: CutRequest, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const body = JSON.stringify(what);
      const call = request(
        {
          socketPath: gatewaySocket(this.settings.runDir),
          path: '/internal/cut',
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
          signal,
        },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (part: string) => {
            text += part;
            if (text.length > MAXIMUM_ANSWER) answer.destroy(new Error('answer too long'));
          });
          answer.on('error', reject);
          answer.on('end', () => {
            if (answer.statusCode === 200) resolve((JSON.parse(text) as { closed: number }).closed);
            else reject(new Problem('kernel.busy', { logContext: { status: answer.statusCode } }));
          });
        },
      );
      call.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(0);
        else reject(error);
      });
      call.end(body);
    });
  }
}
