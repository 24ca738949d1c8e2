import type { AbortReason } from './protocol-error.js';
import type { AssociateRequest, ProposedContext, RoleSelection } from './associate-request.js';
import { PDU } from './pdu-splitter.js';

export const APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';
/** Of this implementation: a UID made from a UUID (PS3.5 §B.2), the same in every version. */
export const IMPLEMENTATION_CLASS_UID = '2.25.188613470391240764212853117034857341182';
export const IMPLEMENTATION_VERSION = 'VITRINE';

/** Why an association was refused: result, source and reason of PS3.8 §9.3.4, table 9-21. */
export interface Rejection {
  readonly result: 1 | 2;
  readonly source: 1 | 2 | 3;
  readonly reason: number;
}

export const REJECTION = {
  noReason: { result: 1, source: 1, reason: 1 },
  applicationContext: { result: 1, source: 1, reason: 2 },
  callingAeTitle: { result: 1, source: 1, reason: 3 },
  calledAeTitle: { result: 1, source: 1, reason: 7 },
  protocolVersion: { result: 1, source: 2, reason: 2 },
  congestion: { result: 2, source: 3, reason: 1 },
  localLimit: { result: 2, source: 3, reason: 2 },
} as const satisfies Record<string, Rejection>;

/** What became of a proposed context (PS3.8 §9.3.3.2, table 9-18). */
export interface ContextAnswer {
  readonly id: number;
  /** 0 acceptance, 3 abstract syntax not supported, 4 transfer syntaxes not supported. */
  readonly result: 0 | 3 | 4;
  readonly transferSyntax: string;
}

export function acceptPdu(
  request: AssociateRequest,
  contexts: readonly ContextAnswer[],
  roles: readonly RoleSelection[],
  maximumPdu: number,
): Buffer {
  return associatePdu(
    PDU.associateAccept,
    request,
    contexts.map(({ id, result, transferSyntax }) =>
      item(0x21, Buffer.concat([Buffer.from([id, 0, result, 0]), textItem(0x40, transferSyntax)])),
    ),
    roles,
    maximumPdu,
  );
}

/** A-ASSOCIATE-RQ, for the associations that we open ourselves. */
export function requestPdu(
  titles: { readonly calledAeTitle: string; readonly callingAeTitle: string },
  contexts: readonly ProposedContext[],
  roles: readonly RoleSelection[],
  maximumPdu: number,
): Buffer {
  return associatePdu(
    PDU.associateRequest,
    titles,
    contexts.map(({ id, abstractSyntax, transferSyntaxes }) =>
      item(
        0x20,
        Buffer.concat([
          Buffer.from([id, 0, 0, 0]),
          textItem(0x30, abstractSyntax),
          ...transferSyntaxes.map((uid) => textItem(0x40, uid)),
        ]),
      ),
    ),
    roles,
    maximumPdu,
  );
}

function associatePdu(
  type: number,
  titles: { readonly calledAeTitle: string; readonly callingAeTitle: string },
  contexts: readonly Buffer[],
  roles: readonly RoleSelection[],
  maximumPdu: number,
): Buffer {
  const fixed = Buffer.alloc(68);
  fixed.writeUInt16BE(1, 0);
  fixed.write(titles.calledAeTitle.padEnd(16), 4, 16, 'latin1');
  fixed.write(titles.callingAeTitle.padEnd(16), 20, 16, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(maximumPdu);
  const user = Buffer.concat([
    item(0x51, length),
    textItem(0x52, IMPLEMENTATION_CLASS_UID),
    ...roles.map(roleItem),
    textItem(0x55, IMPLEMENTATION_VERSION),
  ]);
  return pdu(
    type,
    Buffer.concat([fixed, textItem(0x10, APPLICATION_CONTEXT), ...contexts, item(0x50, user)]),
  );
}

function roleItem({ sopClassUid, scu, scp }: RoleSelection): Buffer {
  const uid = Buffer.from(sopClassUid, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(uid.length);
  return item(0x54, Buffer.concat([length, uid, Buffer.from([Number(scu), Number(scp)])]));
}

export const rejectPdu = ({ result, source, reason }: Rejection): Buffer =>
  pdu(PDU.associateReject, Buffer.from([0, result, source, reason]));

export const releaseRequestPdu = (): Buffer => pdu(PDU.releaseRequest, Buffer.alloc(4));
export const releaseReplyPdu = (): Buffer => pdu(PDU.releaseReply, Buffer.alloc(4));

/** A-ABORT by the service provider, that is for a reason of the protocol. */
export const abortPdu = (reason: AbortReason): Buffer => pdu(PDU.abort, Buffer.from([0, 0, 2, reason]));

/** P-DATA-TF with one fragment (PS3.8 §9.3.5, §E.2). */
export function dataPdu(
  contextId: number,
  fragment: Buffer,
  is: { command: boolean; last: boolean },
): Buffer {
  const head = Buffer.alloc(12);
  head[0] = PDU.data;
  head.writeUInt32BE(fragment.length + 6, 2);
  head.writeUInt32BE(fragment.length + 2, 6);
  head[10] = contextId;
  head[11] = (is.command ? 1 : 0) | (is.last ? 2 : 0);
  return Buffer.concat([head, fragment]);
}

function pdu(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head[0] = type;
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}

function item(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head[0] = type;
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value]);
}

const textItem = (type: number, text: string): Buffer => item(type, Buffer.from(text, 'latin1'));
