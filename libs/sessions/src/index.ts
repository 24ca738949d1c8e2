export { Session, type EndReason } from './session.entity.js';
export { isOver, LIVE_STATES, mayBecome, SESSION_STATES, type SessionState } from './session-machine.js';
export { Ticket, type ParticipantRef } from './ticket.entity.js';
export { Participation } from './participation.entity.js';
