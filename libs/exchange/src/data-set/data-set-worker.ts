/**
 * The thread that reads whole data sets of untrusted files. It has limits on memory and is ended when it takes too
 * long; what it says is small, or bytes that are passed on as bytes.
 */
import { parentPort } from 'node:worker_threads';
import { readDataSet } from '@vitrine/dicom';
import type { DataSetRequest, FoundValue, WorkerSays } from './protocol.js';
import { BytesMissing, RemoteSource } from './remote-source.js';

const UNDEFINED_LENGTH = 0xffffffff;

let source: RemoteSource | undefined;
let request: DataSetRequest | undefined;

const say = (message: WorkerSays): void => parentPort?.postMessage(message);

function work(): void {
  if (source === undefined || request === undefined) return;
  const { bulkBase, bulkPath } = request;
  try {
    const answer = readDataSet(source, (path) => bulkBase + path);
    if (answer.kind === 'refused') {
      say(answer);
      return;
    }
    const { json, pixels, inflated, bulk, littleEndian } = answer;
    const place = bulkPath === undefined ? undefined : bulk.get(bulkPath);
    const value: FoundValue | undefined = place && {
      vr: place.vr,
      start: place.valueAt,
      end: place.length === UNDEFINED_LENGTH ? undefined : place.valueAt + place.length,
      littleEndian,
    };
    say({
      kind: 'result',
      json: Buffer.from(JSON.stringify(json)),
      pixels,
      value,
      inflated: inflated && Uint8Array.from(inflated.read(0, inflated.size)),
    });
  } catch (error) {
    if (!(error instanceof BytesMissing)) throw error;
    if (source.full) say({ kind: 'refused', reason: 'too-large' });
    else say({ kind: 'bytes', offset: error.offset, length: error.length });
  }
}

parentPort?.on('message', (message: DataSetRequest | { offset: number; bytes: Uint8Array }) => {
  if ('beginning' in message) {
    request = message;
    source = new RemoteSource(message.size);
    source.add(0, message.beginning);
  } else source?.add(message.offset, message.bytes);
  work();
});
