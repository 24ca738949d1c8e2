import { Problem } from '@vitrine/kernel';
import type { Account, Patient } from '@vitrine/identity';
import type { Control } from './share-link.entity.js';
import type { KnownGrant } from './visits.service.js';

/** Who asks. */
export type Actor =
  | { readonly kind: 'account'; readonly account: Account; readonly patient: Patient | null }
  | ({ readonly kind: 'visitor' } & KnownGrant);

/** What is asked for, with the facts that the decision rests on. */
export type AccessRequest =
  /** Reading or changing a record, its audit, its links and its codes. */
  | { readonly act: 'keep-record'; readonly patientId: string }
  /** Starting a viewer over items of a record. */
  | { readonly act: 'start-session'; readonly patientId: string; readonly itemIds: readonly string[] }
  /** Seeing a running session and joining its display. */
  | { readonly act: 'join-session'; readonly session: SessionFacts }
  /** Stopping a session, sending somebody out of it, handing out links to it. */
  | { readonly act: 'keep-session'; readonly session: SessionFacts };

export interface SessionFacts {
  readonly id: string;
  readonly patientId: string;
  readonly itemIds: readonly string[];
}

/** How far somebody is let in; null is not at all. */
export type Access = Control | null;

/**
 * The one place where it is decided who may do what with whose record. What is not allowed here is not allowed.
 * Admins and providers have no way in: running the house and bringing something do not include looking.
 */
export function decideAccess(actor: Actor, request: AccessRequest): Access {
  return actor.kind === 'account' ? decideAccount(actor.patient, request) : decideVisitor(actor, request);
}

/** `decideAccess`, where no is answered like something that is not there. */
export function requireAccess(actor: Actor, request: AccessRequest): Control {
  const access = decideAccess(actor, request);
  if (access === null) throw new Problem('delegation.not-visible');
  return access;
}

function decideAccount(patient: Patient | null, request: AccessRequest): Access {
  if (!patient) return null;
  switch (request.act) {
    case 'keep-record':
    case 'start-session':
      return request.patientId === patient.id ? 'control' : null;
    case 'join-session':
    case 'keep-session':
      return request.session.patientId === patient.id ? 'control' : null;
  }
}

function decideVisitor({ grant, link }: KnownGrant, request: AccessRequest): Access {
  switch (request.act) {
    case 'start-session':
      return request.patientId === link.patientId && isWithin(request.itemIds, link.itemIds)
        ? link.control
        : null;
    case 'join-session': {
      const { session } = request;
      const invited = session.id === link.sessionId || session.id === grant.sessionId;
      return invited && session.patientId === link.patientId && isWithin(session.itemIds, link.itemIds)
        ? link.control
        : null;
    }
    case 'keep-record':
    case 'keep-session':
      return null;
  }
}

const isWithin = (asked: readonly string[], given: readonly string[]): boolean =>
  asked.length > 0 && asked.every((id) => given.includes(id));
