import { ABORT_REASON, ProtocolError } from './protocol-error.js';

const LONGEST_UID = 64;

export const wrong = (what: string): ProtocolError => new ProtocolError(ABORT_REASON.invalidParameter, what);

/** An item or sub-item of an association PDU (PS3.8 §9.3.2, annex D). */
export interface Item {
  readonly type: number;
  readonly value: Buffer;
}

/** Reads items that follow each other. Throws ProtocolError for one that is cut. */
export function* items(bytes: Buffer): Generator<Item, void, undefined> {
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < 4) throw wrong('a cut item');
    const end = at + 4 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length) throw wrong('an item that is longer than what holds it');
    yield { type: bytes[at] ?? 0, value: bytes.subarray(at + 4, end) };
    at = end;
  }
}

/** Padding, which the standard does not have here but writers add, is taken off. */
export function uid(value: Buffer): string {
  const text = value.toString('latin1').replace(/[\0 ]+$/, '');
  if (text.length > LONGEST_UID || !/^[0-9.]*$/.test(text)) throw wrong('a UID that is none');
  return text;
}

/** Longest P-DATA-TF body that the other side takes (PS3.8 §D.1); 0 is without limit. */
export const maximumLength = (value: Buffer): number => (value.length === 4 ? value.readUInt32BE(0) : 0);
