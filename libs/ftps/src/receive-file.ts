import type { DataStream } from './data-stream.js';
import { Refused, type FileSink } from './ftps-service.js';
import type { FtpsLimits } from './limits.js';
import { REPLY, type Reply } from './replies.js';

/** Takes one file and answers what to say of it. Only what is a bug is thrown. */
export async function receiveFile(data: DataStream, sink: FileSink, limits: FtpsLimits): Promise<Reply> {
  try {
    const chunks = chunksOf(data, limits);
    for (;;) {
      const { done, value } = await chunks.next();
      if (done === true) break;
      await sink.write(value);
    }
  } catch (error) {
    await sink.discard();
    if (error instanceof Refused) return error.reply;
    throw error;
  }
  if (!data.endedByPeer) {
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

/** What comes, until it ends, breaks off, or comes so slowly that it only keeps the connection busy. */
async function* chunksOf(
  data: DataStream,
  { stallMs, leastBytes }: FtpsLimits,
): AsyncGenerator<Buffer, undefined> {
  const reader = (data as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let waited = 0;
  let bytes = 0;
  for (;;) {
    const since = performance.now();
    const timer = setTimeout(() => data.destroy(), Math.max(0, stallMs - waited));
    // What is thrown is how the connection broke off.
    const next = await reader.next().catch(() => undefined);
    clearTimeout(timer);
    if (next === undefined || next.done === true) return;
    waited += performance.now() - since;
    bytes += next.value.length;
    if (bytes >= leastBytes) [waited, bytes] = [0, 0];
    yield next.value;
  }
}
