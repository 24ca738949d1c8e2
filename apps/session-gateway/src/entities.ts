import { AuditEvent } from '@vitrine/audit';
import { Grant, ShareLink } from '@vitrine/delegation';
import { SignIn } from '@vitrine/identity';
import { Participation, Session, Ticket } from '@vitrine/sessions';

/** The tables that this process reads or writes. The control plane makes and migrates them. */
export const ENTITIES = [AuditEvent, Grant, Participation, Session, ShareLink, SignIn, Ticket];
