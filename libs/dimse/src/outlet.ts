import type { Socket } from 'node:net';
import { writeCommand, type CommandValues } from './command-set.js';
import { dataPdu } from './pdu-writer.js';

/** The other side went away, or did not do its part in time. Nobody's bug, and the end of the association. */
export class PeerGone extends Error {
  override readonly name = 'PeerGone';
}

/** What was to be sent could not be had, and nothing of it was sent: the association can go on. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}

// What PS3.8 has for a peer without a limit is still sent in pieces, which nobody has to hold.
const LARGEST_PDU = 128 * 1024;
const PDV_HEADER_BYTES = 6;

/** Sends messages on one association: a message, or as much of it as one PDU takes, is one write. */
export class Outlet {
  private readonly fragmentBytes: number;

  /**
   * @param maximumPdu longest P-DATA-TF body that the peer takes; 0 is without limit.
   * @param deadlineMs how long a peer may leave what was sent unread.
   */
  constructor(
    private readonly socket: Socket,
    maximumPdu: number,
    private readonly deadlineMs: number,
  ) {
    const body = maximumPdu === 0 ? LARGEST_PDU : Math.min(maximumPdu, LARGEST_PDU);
    // Fragments have even lengths (PS3.8 annex E).
    this.fragmentBytes = (body - PDV_HEADER_BYTES) & ~1;
  }

  /** A message whose data set, where it has one, is at hand. Rejects with PeerGone. */
  message(contextId: number, command: CommandValues, dataSet?: Buffer): Promise<void> {
    const withDataSet = dataSet !== undefined;
    const pdus = [commandPdu(contextId, command, withDataSet)];
    if (withDataSet) {
      let at = 0;
      do {
        const fragment = dataSet.subarray(at, at + this.fragmentBytes);
        at += fragment.length;
        pdus.push(dataPdu(contextId, fragment, { command: false, last: at >= dataSet.length }));
      } while (at < dataSet.length);
    }
    return this.send(Buffer.concat(pdus));
  }

  /**
   * A message whose data set is made while it is sent. Rejects with NotSent when the data set fails before its first
   * fragment is full; with PeerGone; and with whatever the data set throws later, when only an abort is left.
   */
  async stream(contextId: number, command: CommandValues, dataSet: AsyncIterable<Uint8Array>): Promise<void> {
    let before = commandPdu(contextId, command, true);
    let held: Uint8Array[] = [];
    let bytes = 0;
    const flush = async (last: boolean): Promise<void> => {
      // Only a deflated data set that lies as it was made is odd; its padding is a zero (PS3.5 §A.5).
      if (bytes % 2 === 1) held.push(Buffer.alloc(1));
      const fragment = dataPdu(contextId, Buffer.concat(held), { command: false, last });
      const out = before.length === 0 ? fragment : Buffer.concat([before, fragment]);
      before = Buffer.alloc(0);
      held = [];
      bytes = 0;
      await this.send(out);
    };
    try {
      for await (const chunk of dataSet)
        for (let at = 0; at < chunk.length;) {
          if (bytes === this.fragmentBytes) await flush(false);
          const part = chunk.subarray(at, at + this.fragmentBytes - bytes);
          held.push(part);
          bytes += part.length;
          at += part.length;
        }
    } catch (error) {
      throw before.length > 0 ? new NotSent('the data set could not be read', { cause: error }) : error;
    }
    await flush(true);
  }

  /** One write. Resolves when more can be sent. */
  private send(bytes: Buffer): Promise<void> {
    const { socket } = this;
    if (!socket.writable) return Promise.reject(new PeerGone('closed'));
    if (socket.write(bytes)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (error?: PeerGone) => {
        clearTimeout(timer);
        socket.off('drain', drained).off('close', closed);
        if (error === undefined) resolve();
        else reject(error);
      };
      const drained = () => end();
      const closed = () => end(new PeerGone('closed'));
      const timer = setTimeout(() => end(new PeerGone('does not read')), this.deadlineMs);
      socket.on('drain', drained).on('close', closed);
    });
  }
}

const commandPdu = (contextId: number, command: CommandValues, withDataSet: boolean): Buffer =>
  dataPdu(contextId, writeCommand(command, { withDataSet }), { command: true, last: true });
