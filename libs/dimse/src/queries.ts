import type { CommandSet, CommandValues } from './command-set.js';
import { STATUS, StatusError, type OutgoingObject, type Query, type Reader } from './dimse-service.js';
import { failedInstances } from './failed-instances.js';
import { PeerGone } from './outlet.js';
import { Requestor } from './requestor.js';
import type { MoveOrigin, StoreChannel, StoreOutcome } from './store-channel.js';

/** Answers the request at hand; one write. */
export type Respond = (status: number, more?: CommandValues, dataSet?: Buffer) => Promise<void>;

export interface Answering {
  readonly reader: Reader;
  readonly query: Query;
  readonly respond: Respond;
  /** The peer sent C-CANCEL: what is done is told, and the rest left. */
  readonly cancelled: AbortSignal;
  /** The association is over. */
  readonly gone: AbortSignal;
  readonly deadlineMs: number;
}

// Counts are unsigned shorts (PS3.7 §9.1.3.1).
const MOST_OBJECTS = 0xffff;

/** C-FIND (PS3.4 §C.4.1): a pending response for each match, then the final one. */
export async function answerFind({ reader, query, respond, cancelled }: Answering): Promise<void> {
  for await (const { identifier, allKeys } of reader.find(query)) {
    if (cancelled.aborted) break;
    await respond(allKeys ? STATUS.pending : STATUS.pendingWithoutKeys, {}, identifier);
    // Matches are at hand at once; without a pause nobody would see a C-CANCEL before the last.
    await new Promise(setImmediate);
  }
  await respond(cancelled.aborted ? STATUS.cancelled : STATUS.success);
}

/** C-GET (PS3.4 §C.4.3): the objects come by C-STORE on this association. */
export async function answerGet(answering: Answering, channel: StoreChannel): Promise<void> {
  const objects = bounded(await answering.reader.retrieve(answering.query, undefined));
  await answering.respond(...(await sendAll(answering, objects, (object) => channel.store(object))));
}

/** C-MOVE (PS3.4 §C.4.2): the objects go by C-STORE on an association that we open to a destination that is known. */
export async function answerMove(answering: Answering, command: CommandSet): Promise<void> {
  const { reader, query, gone, deadlineMs } = answering;
  const destination = await reader.destination(command.text('moveDestination'));
  const objects = bounded(await reader.retrieve(query, destination));
  const origin: MoveOrigin = { aeTitle: reader.callingAeTitle, messageId: command.need('messageId') };
  if (objects.length === 0) {
    await answering.respond(...(await sendAll(answering, objects, () => Promise.resolve('failed'))));
    return;
  }
  const there = await Requestor.open(destination, objects, deadlineMs, gone).catch((error: unknown) => {
    if (error instanceof PeerGone && !gone.aborted)
      throw new StatusError(STATUS.subOperationsRefused, 'The destination does not take it.');
    throw error;
  });
  let lost = false;
  let last: Parameters<Respond>;
  try {
    last = await sendAll(answering, objects, async (object) => {
      if (lost) return 'failed';
      return there.store(object, origin).catch((error: unknown): StoreOutcome => {
        if (!(error instanceof PeerGone)) throw error;
        lost = true;
        return 'failed';
      });
    });
  } finally {
    await there.close();
  }
  // Only now is it over: a program that is its own destination serves one association at a time, and would not hear of
  // our release while it waits for the answer to its own.
  await answering.respond(...last);
}

/** Sends one object after the other, with a pending response after each but the last. Answers the final response. */
async function sendAll(
  { query, respond, cancelled }: Answering,
  objects: readonly OutgoingObject[],
  store: (object: OutgoingObject) => Promise<StoreOutcome>,
): Promise<Parameters<Respond>> {
  const count: Record<StoreOutcome, number> = { completed: 0, warning: 0, failed: 0 };
  const failed: string[] = [];
  const counts = () => ({ completed: count.completed, failed: count.failed, warnings: count.warning });
  for (const [index, object] of objects.entries()) {
    const remaining = objects.length - index;
    if (cancelled.aborted)
      return [STATUS.cancelled, { ...counts(), remaining }, failedInstances(failed, query)];
    const outcome = await store(object);
    count[outcome]++;
    if (outcome === 'failed') failed.push(object.sopInstanceUid);
    if (remaining > 1) await respond(STATUS.pending, { ...counts(), remaining: remaining - 1 });
  }
  if (count.failed + count.warning === 0) return [STATUS.success, counts()];
  return [
    count.failed === objects.length ? STATUS.subOperationsRefused : STATUS.subOperationsFailed,
    counts(),
    failedInstances(failed, query),
  ];
}

function bounded(objects: readonly OutgoingObject[]): readonly OutgoingObject[] {
  if (objects.length > MOST_OBJECTS)
    throw new StatusError(STATUS.outOfResources, 'These are too many at once.');
  return objects;
}
