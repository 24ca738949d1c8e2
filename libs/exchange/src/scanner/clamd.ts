import { createConnection, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { cleanText } from '@vitrine/dicom';

/** What clamd says of a stream of bytes. */
export type Verdict =
  | { readonly kind: 'clean' }
  /** The name of the signature, as whoever made the signatures calls it. */
  | { readonly kind: 'found'; readonly signature: string }
  /** Larger than clamd takes (`StreamMaxLength`). */
  | { readonly kind: 'too-large' };

/** There is no answer: it does not run, went away, was silent for too long, or could not scan. */
export class ClamdAway extends Error {}

const LONGEST_ANSWER = 1024;
const LONGEST_SIGNATURE = 100;
const CHUNK_BYTES = 256 * 1024;

/**
 * Has clamd look at bytes: `INSTREAM` of its protocol (clamd(8)), each chunk behind its length in four bytes, an empty
 * one at the end. One connection for one file. Throws `ClamdAway`, or what the content throws.
 *
 * @param silenceMs so long nothing may go either way. After the last byte clamd is silent while it scans.
 */
export async function scanStream(
  socketPath: string,
  content: AsyncIterable<Uint8Array>,
  silenceMs: number,
  signal?: AbortSignal,
): Promise<Verdict> {
  const socket = createConnection(socketPath);
  const answer = answerOf(socket, silenceMs);
  const aborted = () => socket.destroy(new Error('The wait was ended.'));
  signal?.addEventListener('abort', aborted, { once: true });
  try {
    const sent = send(socket, content, answer);
    // What was found early is said early; then nobody reads the rest.
    return await Promise.race([answer, sent.then(() => answer)]);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', aborted);
    socket.destroy();
  }
}

async function send(
  socket: Socket,
  content: AsyncIterable<Uint8Array>,
  answer: Promise<unknown>,
): Promise<void> {
  const answered = new AbortController();
  const done = () => answered.abort();
  answer.then(done, done);
  await write(socket, Buffer.from('zINSTREAM\0'));
  for await (const piece of content)
    for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
      // An answer that is here is read before a write fails because clamd has hung up.
      await turn();
      if (answered.signal.aborted) return;
      const chunk = piece.subarray(at, at + CHUNK_BYTES);
      await write(socket, lengthOf(chunk.length));
      await write(socket, chunk);
    }
  await write(socket, lengthOf(0));
}

const lengthOf = (bytes: number): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(bytes);
  return header;
};

/** A failure is heard of by whoever waits for the answer. */
const write = (socket: Socket, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.write(bytes, () => resolve());
  });

function answerOf(socket: Socket, silenceMs: number): Promise<Verdict> {
  const answer = new Promise<Verdict>((resolve, reject) => {
    let said = '';
    const away = (why: string) => reject(new ClamdAway(why));
    socket.setTimeout(silenceMs, () => away('clamd was silent for too long'));
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
      const end = said.indexOf('\0');
      if (end >= 0) {
        const verdict = verdictOf(said.slice(0, end));
        if (verdict === undefined) away(`clamd said: ${cleanText(said.slice(0, end), LONGEST_SIGNATURE)}`);
        else resolve(verdict);
      } else if (said.length > LONGEST_ANSWER) away('clamd said too much');
    });
    socket.on('error', (error) => away(error.message));
    socket.on('close', () => away('clamd hung up'));
  });
  answer.catch(() => undefined);
  return answer;
}

function verdictOf(said: string): Verdict | undefined {
  if (said === 'stream: OK') return { kind: 'clean' };
  if (said.includes('size limit exceeded')) return { kind: 'too-large' };
  const found = /^stream: (.+) FOUND$/.exec(said)?.[1];
  return found === undefined ? undefined : { kind: 'found', signature: cleanText(found, LONGEST_SIGNATURE) };
}
