import { createInterface } from 'node:readline';
import type { GuestEvent } from '../hypervisor-driver.js';

const KINDS: Readonly<Record<string, GuestEvent['kind']>> = {
  start: 'started',
  die: 'exited',
  destroy: 'destroyed',
};

/** Reads the engine's stream of events, one JSON object a line, until it ends or the signal fires. */
export async function* guestEvents(
  stream: NodeJS.ReadableStream,
  signal: AbortSignal,
): AsyncIterable<GuestEvent> {
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  const end = () => lines.close();
  // A broken stream ends the iteration; events are hints, and whoever needs the truth observes.
  stream.on('error', end);
  signal.addEventListener('abort', end, { once: true });
  try {
    if (signal.aborted) return;
    for await (const line of lines) {
      const event = read(line);
      if (event !== undefined) yield event;
    }
  } finally {
    signal.removeEventListener('abort', end);
    lines.close();
    (stream as NodeJS.ReadableStream & { destroy?(): void }).destroy?.();
  }
}

function read(line: string): GuestEvent | undefined {
  const event = JSON.parse(line) as { Action?: string; Actor?: { Attributes?: { name?: string } } };
  const kind = KINDS[event.Action ?? ''];
  const name = event.Actor?.Attributes?.name;
  return kind === undefined || name === undefined ? undefined : { name, kind };
}
