import type { AssociateRequest, RoleSelection } from './associate-request.js';
import type { ContextAnswer } from './pdu-writer.js';
import { VERIFICATION } from './sop-classes.js';

/** A context that both sides agreed on. */
export interface AcceptedContext {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntax: string;
  /** True when we may send objects of this class on this association, as C-GET does (PS3.4 §C.4.3). */
  readonly peerReceives: boolean;
}

export interface Agreement {
  readonly answers: readonly ContextAnswer[];
  readonly roles: readonly RoleSelection[];
  readonly accepted: ReadonlyMap<number, AcceptedContext>;
}

const IMPLICIT_LITTLE = '1.2.840.10008.1.2';

/**
 * Answers the proposed contexts. Of the encodings of one context the requestor's first is taken: it names first what
 * it has, and then nothing is converted on the way.
 */
export function negotiate(
  request: AssociateRequest,
  supports: (abstractSyntax: string) => boolean,
): Agreement {
  const accepted = new Map<number, AcceptedContext>();
  const roles = request.roles.filter(({ sopClassUid }) => supports(sopClassUid));
  const answers = request.contexts.map(({ id, abstractSyntax, transferSyntaxes }): ContextAnswer => {
    const transferSyntax = transferSyntaxes[0] ?? '';
    const known = abstractSyntax === VERIFICATION || supports(abstractSyntax);
    if (!known || transferSyntax === '')
      return { id, result: known ? 4 : 3, transferSyntax: transferSyntax || IMPLICIT_LITTLE };
    const peerReceives = roles.some(({ sopClassUid, scp }) => scp && sopClassUid === abstractSyntax);
    accepted.set(id, { id, abstractSyntax, transferSyntax, peerReceives });
    return { id, result: 0, transferSyntax };
  });
  return { answers, roles, accepted };
}
