import type { Socket } from 'node:net';
import { delay, sooner } from '@vitrine/kernel';
import type { EgressTarget } from '@vitrine/session-host';
import { ConnectRequest, type Asked } from './connect-request.js';
import { NotDialled, type Dialler } from './dialler.js';

const HEAD_MS = 5_000;
const DIAL_MS = 15_000;
const IDLE_MS = 2 * 60_000;
const LINE_MS = 60 * 60_000;
/** Before a no is said: a guest that tries in a loop keeps its few places busy with waiting. */
const REFUSAL_PAUSE_MS = 200;

const REASONS = {
  400: 'Bad Request',
  403: 'Forbidden',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  502: 'Bad Gateway',
  504: 'Gateway Timeout',
} as const;
type Refusal = keyof typeof REASONS;

/** What a line is told, and asked, by the door that it came through. */
export interface LineRules {
  readonly dialler: Dialler;
  /** Fires when the door is shut: everything ends at once. */
  readonly signal: AbortSignal;
  isListed(target: EgressTarget): boolean;
  /** False when no more may go out. Called for bytes before they go. */
  mayGo(target: EgressTarget, bytesOut: number): boolean;
  came(target: EgressTarget, bytesIn: number): void;
  /** Resolves when it is on record that something goes there; nothing goes before. */
  allowed(target: EgressTarget): Promise<void>;
  /** `target` where there was a name to speak of. */
  refused(target: EgressTarget | undefined): void;
}

/**
 * One connection of a guest, from its first byte to its last: a request to be connected, then bytes in both directions
 * that nobody here looks at. Never throws; returns when both ends are closed.
 */
export async function serveLine(guest: Socket, rules: LineRules): Promise<void> {
  // A guest that hangs up, in whatever way, ends its line and nothing else.
  guest.on('error', () => undefined);
  const hang = () => guest.destroy();
  rules.signal.addEventListener('abort', hang, { once: true });
  const life = setTimeout(hang, LINE_MS);
  try {
    if (rules.signal.aborted) return;
    await converse(guest, rules);
  } finally {
    clearTimeout(life);
    rules.signal.removeEventListener('abort', hang);
    guest.destroy();
  }
}

async function converse(guest: Socket, rules: LineRules): Promise<void> {
  const asked = await readRequest(guest);
  if (asked === undefined) return;
  if (!('target' in asked)) return refuse(guest, asked.status, undefined, rules);
  const { target } = asked;
  if (!rules.isListed(target)) return refuse(guest, 403, target, rules);
  const gone = new AbortController();
  const leave = () => gone.abort();
  guest.once('close', leave);
  const late = AbortSignal.timeout(DIAL_MS);
  let outside: Socket | undefined;
  try {
    outside = await rules.dialler.dial(target, sooner(rules.signal, gone.signal, late));
    await rules.allowed(target);
  } catch (error) {
    outside?.destroy();
    const status = error instanceof NotDialled ? error.status : 502;
    await refuse(guest, late.aborted ? 504 : status, target, rules);
    return;
  } finally {
    guest.off('close', leave);
  }
  // Shut, or left, while it was being connected.
  if (rules.signal.aborted || guest.destroyed) {
    outside.destroy();
    return;
  }
  await join(guest, outside, target, rules);
}

/** Undefined when the guest leaves without having asked. */
function readRequest(guest: Socket): Promise<Asked | { readonly status: 408 } | undefined> {
  return new Promise((resolve) => {
    const request = new ConnectRequest();
    const over = (asked: Asked | { readonly status: 408 } | undefined) => {
      clearTimeout(late);
      guest.off('data', take).off('close', leave).off('end', leave);
      guest.pause();
      resolve(asked);
    };
    const take = (chunk: Buffer) => {
      const asked = request.push(chunk);
      if (asked) over(asked);
    };
    const leave = () => over(undefined);
    const late = setTimeout(() => over({ status: 408 }), HEAD_MS);
    guest.on('data', take).on('close', leave).on('end', leave);
  });
}

async function refuse(
  guest: Socket,
  status: Refusal,
  target: EgressTarget | undefined,
  rules: LineRules,
): Promise<void> {
  rules.refused(target);
  await delay(REFUSAL_PAUSE_MS, rules.signal).catch(() => undefined);
  if (guest.destroyed) return;
  await new Promise<void>((resolve) => {
    guest.once('close', resolve);
    guest.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
      guest.destroy(),
    );
  });
}

/** Lets bytes pass until either end is closed, the guest may send no more, or nothing has come for long. */
function join(guest: Socket, outside: Socket, target: EgressTarget, rules: LineRules): Promise<void> {
  return new Promise((resolve) => {
    const open = new Set([guest, outside]);
    const end = () => {
      guest.destroy();
      outside.destroy();
    };
    for (const socket of open) {
      socket.setTimeout(IDLE_MS, end);
      socket.once('error', end);
      socket.once('close', () => {
        open.delete(socket);
        if (open.size === 0) resolve();
        // One that has said all it had to say leaves the other to take it in, and to close by itself.
        else if (!socket.readableEnded) end();
      });
    }
    // Before the pipe: what is over the limit is not passed on.
    guest.on('data', (chunk: Buffer) => {
      if (!rules.mayGo(target, chunk.length)) end();
    });
    outside.on('data', (chunk: Buffer) => rules.came(target, chunk.length));
    guest.write('HTTP/1.1 200 Connection established\r\n\r\n');
    guest.pipe(outside);
    outside.pipe(guest);
  });
}
