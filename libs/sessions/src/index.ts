export { Session, type EndReason } from './session.entity.js';
export { isOver, LIVE_STATES, mayBecome, SESSION_STATES, type SessionState } from './session-machine.js';
export { Ticket, type ParticipantRef } from './ticket.entity.js';
export { Participation } from './participation.entity.js';
export {
  TICKET_LIFE_MS,
  TicketService,
  type Join,
  type TicketPresentation,
  type TicketRequest,
} from './ticket.service.js';
export { ParticipationService, type LeaveReason } from './participation.service.js';
export { gatewaySocket, sessionEndpoints } from './tunnel-endpoints.js';
export { LiveConnections, type CutRequest } from './tunnel-live-connections.js';
export { TunnelModule } from './tunnel.module.js';
