import { items, maximumLength, uid, wrong } from './items.js';

/** A-ASSOCIATE-AC (PS3.8 §9.3.3), as far as a requestor needs it. Untrusted. */
export interface AssociateAccept {
  /** The transfer syntax of each context that was accepted, by its id. */
  readonly accepted: ReadonlyMap<number, string>;
  /** Longest P-DATA-TF body that the acceptor takes; 0 is without limit. */
  readonly maximumPdu: number;
}

const FIXED_BYTES = 68;

/** Reads the body of an A-ASSOCIATE-AC. Throws ProtocolError for what cannot be one. */
export function readAssociateAccept(body: Buffer): AssociateAccept {
  if (body.length < FIXED_BYTES) throw wrong('a short association answer');
  const accepted = new Map<number, string>();
  let maximumPdu = 0;
  for (const { type, value } of items(body.subarray(FIXED_BYTES))) {
    if (type === 0x50) {
      for (const sub of items(value)) if (sub.type === 0x51) maximumPdu = maximumLength(sub.value);
    } else if (type === 0x21) {
      if (value.length < 4) throw wrong('a cut context');
      if (value[2] !== 0) continue;
      for (const sub of items(value.subarray(4)))
        if (sub.type === 0x40) accepted.set(value[0] ?? 0, uid(sub.value));
    }
  }
  return { accepted, maximumPdu };
}
