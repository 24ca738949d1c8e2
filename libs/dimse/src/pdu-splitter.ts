import { ABORT_REASON, ProtocolError } from './protocol-error.js';

/** PDU types (PS3.8 §9.3). */
export const PDU = {
  associateRequest: 0x01,
  associateAccept: 0x02,
  associateReject: 0x03,
  data: 0x04,
  releaseRequest: 0x05,
  releaseReply: 0x06,
  abort: 0x07,
} as const;

const HEADER_BYTES = 6;
// 128 presentation contexts with many transfer syntaxes each; larger requests were not seen anywhere.
const LONGEST_ASSOCIATE = 256 * 1024;
const LONGEST_CONTROL = 4;

export interface Pdu {
  readonly type: number;
  /** What follows the header. Valid until the next call. */
  readonly body: Buffer;
}

/**
 * Cuts a stream of bytes into PDUs. Holds one PDU at most, whose length is checked before its first byte is kept, so
 * that a peer that announces four gigabytes costs nothing.
 */
export class PduSplitter {
  private parts: Buffer[] = [];
  private held = 0;
  private needed = HEADER_BYTES;

  /** @param longestData the largest P-DATA-TF body that we announced. */
  constructor(private readonly longestData: number) {}

  /** True in the middle of a PDU. */
  get isPartial(): boolean {
    return this.held > 0;
  }

  /** The PDUs that these bytes complete. Throws ProtocolError for a header that cannot be one. */
  *push(chunk: Buffer): Generator<Pdu, void, undefined> {
    let rest = chunk;
    while (rest.length > 0) {
      const part = rest.subarray(0, this.needed - this.held);
      this.parts.push(part);
      this.held += part.length;
      rest = rest.subarray(part.length);
      if (this.held < this.needed) return;
      const whole = this.parts.length === 1 ? part : Buffer.concat(this.parts, this.held);
      const end = HEADER_BYTES + this.bodyLength(whole);
      if (this.held < end) {
        this.parts = [whole];
        this.needed = end;
        continue;
      }
      this.parts = [];
      this.held = 0;
      this.needed = HEADER_BYTES;
      yield { type: whole[0] ?? 0, body: whole.subarray(HEADER_BYTES) };
    }
  }

  private bodyLength(header: Buffer): number {
    const type = header[0] ?? 0;
    const length = header.readUInt32BE(2);
    if (length > this.longest(type))
      throw new ProtocolError(ABORT_REASON.invalidParameter, `a PDU of type ${type} and ${length} bytes`);
    return length;
  }

  private longest(type: number): number {
    switch (type) {
      case PDU.associateRequest:
      case PDU.associateAccept:
        return LONGEST_ASSOCIATE;
      case PDU.data:
        return this.longestData;
      case PDU.associateReject:
      case PDU.releaseRequest:
      case PDU.releaseReply:
      case PDU.abort:
        return LONGEST_CONTROL;
      default:
        throw new ProtocolError(ABORT_REASON.unrecognizedPdu, `a PDU of type ${type}`);
    }
  }
}
