import type { DataStream } from './data-stream.js';
import { Refused, type FileSink } from './ftps-service.js';
import type { FtpsLimits } from './limits.js';
import { REPLY, type Reply } from './replies.js';

/** Takes one file and answers what to say of it. Only what is a bug is thrown. */
export async function receiveFile(data: DataStream, sink: FileSink, limits: FtpsLimits): Promise<Reply> {
  let isWhole: boolean;
  try {
    isWhole = await pass(data, sink, limits);
  } catch (error) {
    await sink.discard();
    if (error instanceof Refused) return error.reply;
    throw error;
  }
  if (!isWhole) {
    await sink.discard();
    return REPLY.cut;
  }
  // The peer may wait for our last word before it listens for the reply.
  data.end();
  try {
    await sink.finish();
  } catch (error) {
    if (error instanceof Refused) return error.reply;
    throw error;
  }
  return REPLY.stored;
}

/** Passes on what comes. False where it broke off, or came so slowly that it only kept the connection busy. */
async function pass(data: DataStream, sink: FileSink, { stallMs, leastBytes }: FtpsLimits): Promise<boolean> {
  const chunks = (data as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let waited = 0;
  let bytes = 0;
  for (;;) {
    const since = performance.now();
    const timer = setTimeout(() => data.destroy(), Math.max(0, stallMs - waited));
    // What is thrown is how the connection broke off.
    const next = await chunks.next().catch(() => undefined);
    clearTimeout(timer);
    if (next === undefined) return false;
    if (next.done === true) return data.endedByPeer;
    waited += performance.now() - since;
    bytes += next.value.length;
    if (bytes >= leastBytes) [waited, bytes] = [0, 0];
    await sink.write(next.value);
  }
}
