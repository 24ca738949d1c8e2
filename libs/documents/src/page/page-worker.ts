/** The thread that makes pages of untrusted documents. It has limits on memory and is ended when it takes too long. */
import { parentPort } from 'node:worker_threads';
import { makeReading } from './make-page.js';

parentPort?.on('message', (document: Uint8Array) => {
  const { kind, bytes } = makeReading({
    size: document.length,
    read: (offset, length) => document.subarray(offset, offset + length),
  });
  // Its own copy: a Buffer may be part of a larger one.
  parentPort?.postMessage({ kind, bytes: Uint8Array.from(bytes) });
});
parentPort?.postMessage('ready');
