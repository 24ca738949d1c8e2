export {
  Session,
  VIEWER_STATUSES,
  type EndReason,
  type SessionAgent,
  type SessionPlan,
  type ViewerStatus,
} from './session.entity.js';
export { EgressRecord, type EgressSum } from './egress-record.js';
export { EgressRevocation } from './egress-revocation.js';
export { SessionService, type SessionRequest } from './session.service.js';
export type { Ending } from './session-ending.js';
export { ResultsKeeper } from './session-results.js';
export { StudioService, type Builder, type NewViewer } from './studio/studio.service.js';
export { SessionViews } from './session-views.js';
export {
  SESSION_STEPS,
  type Beholder,
  type ParticipantView,
  type SessionStep,
  type SessionView,
} from './session-view.js';
export { sessionMiB } from './host-capacity.js';
export { Reservation } from './reservations/reservation.entity.js';
export { ReservationsService, type ReservationRequest } from './reservations/reservations.service.js';
export { DAYS_AHEAD, MOST_PER_PERSON, SHORTEST_MINUTES } from './reservations/reservation-rules.js';
export { keptFrom } from './reservations/occupancy.js';
export { WarmPool } from './warm/warm-pool.js';
export { Reconciler } from './reconciler.js';
export { SessionsModule } from './sessions.module.js';
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
export { DisplayReadiness } from './display-readiness.js';
export { gatewaySocket, sessionEndpoints } from './tunnel-endpoints.js';
export { LiveConnections, type CutRequest } from './tunnel-live-connections.js';
export { TunnelModule } from './tunnel.module.js';
