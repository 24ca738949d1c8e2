import type { AssociateRequest, RoleSelection } from './associate-request.js';
import type { Proposal, Terms } from './dimse-service.js';
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
/** Who says nothing of roles asks and sends (PS3.7 §D.3.3.4). */
const DEFAULT_ROLE = { scu: true, scp: false };

/** Answers the proposed contexts and roles: a role that was not asked for is never given. */
export function negotiate(
  request: AssociateRequest,
  agree: (proposal: Proposal) => Terms | undefined,
): Agreement {
  const accepted = new Map<number, AcceptedContext>();
  const offered = new Map(request.roles.map((role) => [role.sopClassUid, role]));
  const roles = new Map<string, RoleSelection>();
  const answers = request.contexts.map(({ id, abstractSyntax, transferSyntaxes }): ContextAnswer => {
    const [first] = transferSyntaxes;
    const role = offered.get(abstractSyntax) ?? DEFAULT_ROLE;
    const terms =
      abstractSyntax === VERIFICATION
        ? { transferSyntax: first, role: DEFAULT_ROLE }
        : agree({ abstractSyntax, transferSyntaxes, role });
    const transferSyntax = terms?.transferSyntax;
    if (terms === undefined || transferSyntax === undefined)
      return { id, result: terms === undefined ? 3 : 4, transferSyntax: first ?? IMPLICIT_LITTLE };
    const scu = role.scu && terms.role.scu;
    const scp = role.scp && terms.role.scp;
    if (offered.has(abstractSyntax)) roles.set(abstractSyntax, { sopClassUid: abstractSyntax, scu, scp });
    accepted.set(id, { id, abstractSyntax, transferSyntax, peerReceives: scp });
    return { id, result: 0, transferSyntax };
  });
  return { answers, roles: [...roles.values()], accepted };
}
