import { items, maximumLength, uid, wrong } from './items.js';

/** One of the kinds of object that the requestor offers, with the encodings that it can send it in (PS3.8 §9.3.2.2). */
export interface ProposedContext {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
}

/** Who of both plays which part for a SOP class (PS3.7 §D.3.3.4). */
export interface RoleSelection {
  readonly sopClassUid: string;
  readonly scu: boolean;
  readonly scp: boolean;
}

/** A-ASSOCIATE-RQ (PS3.8 §9.3.2). Everything in it is untrusted; texts are bounded and printable. */
export interface AssociateRequest {
  readonly protocolVersion: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly applicationContext: string;
  readonly contexts: readonly ProposedContext[];
  readonly roles: readonly RoleSelection[];
  /** Longest P-DATA-TF body that the requestor takes; 0 is without limit. */
  readonly maximumPdu: number;
}

const FIXED_BYTES = 68;
// Ids are odd numbers of one byte.
const MOST_CONTEXTS = 128;
const MOST_TRANSFER_SYNTAXES = 128;
const MOST_ROLES = 256;

/** Reads the body of an A-ASSOCIATE-RQ. Throws ProtocolError for what cannot be one. */
export function readAssociateRequest(body: Buffer): AssociateRequest {
  if (body.length < FIXED_BYTES) throw wrong('a short association request');
  const contexts: ProposedContext[] = [];
  const roles: RoleSelection[] = [];
  let applicationContext = '';
  let maximumPdu = 0;
  for (const { type, value } of items(body.subarray(FIXED_BYTES))) {
    if (type === 0x10) applicationContext = uid(value);
    else if (type === 0x20) contexts.push(context(value));
    else if (type === 0x50)
      for (const sub of items(value)) {
        if (sub.type === 0x51) maximumPdu = maximumLength(sub.value);
        else if (sub.type === 0x54) roles.push(role(sub.value));
      }
    if (contexts.length > MOST_CONTEXTS || roles.length > MOST_ROLES) throw wrong('too many contexts');
  }
  if (contexts.length === 0) throw wrong('no presentation context');
  if (new Set(contexts.map(({ id }) => id)).size !== contexts.length) throw wrong('a context id twice');
  return {
    protocolVersion: body.readUInt16BE(0),
    calledAeTitle: aeTitle(body.subarray(4, 20)),
    callingAeTitle: aeTitle(body.subarray(20, 36)),
    applicationContext,
    contexts,
    roles,
    maximumPdu,
  };
}

function context(value: Buffer): ProposedContext {
  if (value.length < 4) throw wrong('a cut context');
  const id = value[0] ?? 0;
  if (id % 2 === 0) throw wrong('an even context id');
  let abstractSyntax = '';
  const transferSyntaxes: string[] = [];
  for (const item of items(value.subarray(4))) {
    if (item.type === 0x30) abstractSyntax = uid(item.value);
    else if (item.type === 0x40) transferSyntaxes.push(uid(item.value));
    if (transferSyntaxes.length > MOST_TRANSFER_SYNTAXES) throw wrong('too many transfer syntaxes');
  }
  return { id, abstractSyntax, transferSyntaxes };
}

function role(value: Buffer): RoleSelection {
  const length = value.length < 4 ? 0 : value.readUInt16BE(0);
  if (length === 0 || value.length !== length + 4) throw wrong('a cut role selection');
  return {
    sopClassUid: uid(value.subarray(2, 2 + length)),
    scu: value[2 + length] === 1,
    scp: value[3 + length] === 1,
  };
}

/** 16 characters; blanks around it do not count (PS3.5 §6.2, AE). */
function aeTitle(value: Buffer): string {
  const text = value.toString('latin1').replace(/\0+$/, '').trim();
  if (!/^[\x20-\x5b\x5d-\x7e]*$/.test(text)) throw wrong('an application entity title that is none');
  return text;
}
