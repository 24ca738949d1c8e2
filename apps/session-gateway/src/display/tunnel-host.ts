import { Inject, Injectable } from '@nestjs/common';
import type { WebSocket } from 'ws';
import {
  Clock,
  delay,
  LOGGER,
  Problem,
  SETTINGS,
  withDeadline,
  type Logger,
  type Settings,
} from '@vitrine/kernel';
import {
  ParticipationService,
  sessionEndpoints,
  TicketService,
  type Join,
  type LeaveReason,
  type TicketPresentation,
} from '@vitrine/sessions';
import { EgressDoors } from '../egress/egress-doors.js';
import { connectionSettings } from '../guacamole/connection-settings.js';
import { leaveGuacd, openGuacd } from '../guacamole/guacd-handshake.js';
import { HandshakeTurns } from '../guacamole/handshake-turns.js';
import { Resizer } from '../rfb/resizer.js';
import { InputTimes } from './input-times.js';
import type { Seat } from './seat.js';
import { Tunnel } from './tunnel.js';

const GUACD_DEADLINE_MS = 5000;
const RECORD_AGAIN_MS = 2000;
const RECORD_ATTEMPTS = 5;
/** Longer timers overflow; a session never lasts so long. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Runs one tunnel from its ticket to its last byte, and keeps the record of it. */
@Injectable()
export class TunnelHost {
  private readonly handshakes = new HandshakeTurns();
  private readonly inputs = new InputTimes((sessionId) => {
    this.participations
      .touched(sessionId)
      .catch((err: unknown) => this.logger.warn({ err, sessionId }, 'input not recorded'));
  });

  constructor(
    private readonly tickets: TicketService,
    private readonly participations: ParticipationService,
    private readonly egress: EgressDoors,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Returns after the tunnel is closed. Throws a Problem while the browser could still be told: `upgrade` is called
   * last, when everything else is in place.
   */
  async run(
    seat: Seat,
    presented: TicketPresentation,
    upgrade: () => Promise<WebSocket>,
    joined: () => void,
  ): Promise<void> {
    const join = await this.tickets.redeem(presented);
    seat.participationId = join.participationId;
    // Before somebody else sees a pixel: who steers could have the viewer send what is in it anywhere.
    if (join.endsEgress) this.egress.shut(join.sessionId);
    let reason: LeaveReason = 'sessions.display-lost';
    try {
      seat.assertKept();
      reason = await this.stream(seat, join, upgrade, joined);
    } catch (thrown) {
      reason = Problem.from(thrown).code;
      throw thrown;
    } finally {
      seat.vacate();
      await this.record(join.participationId, reason);
    }
  }

  private async stream(
    seat: Seat,
    join: Join,
    upgrade: () => Promise<WebSocket>,
    joined: () => void,
  ): Promise<LeaveReason> {
    const { participationId, sessionId } = join;
    const started = performance.now();
    const endpoints = sessionEndpoints(this.settings.runDir, sessionId);
    const guacd = await this.handshakes
      .take(
        sessionId,
        seat.signal,
        () =>
          withDeadline(GUACD_DEADLINE_MS, 'sessions.display-lost', (signal) =>
            openGuacd(endpoints.guacd, connectionSettings(join.control), signal),
          ),
        leaveGuacd,
      )
      .catch((thrown: unknown) => {
        seat.assertKept();
        throw isAway(thrown) ? new Problem('sessions.display-lost', { cause: thrown }) : thrown;
      });
    const guacdMs = Math.round(performance.now() - started);
    const resizer = new Resizer(endpoints.display, this.logger);
    let timer: NodeJS.Timeout | undefined;
    try {
      const browser = await upgrade();
      const tunnel = new Tunnel(browser, guacd, join.control, {
        onInput: () => this.inputs.seen(sessionId),
        onSize: (width, height) => resizer.request(width, height),
      });
      joined();
      this.logger.info({ participationId, sessionId, guacdMs }, 'tunnel opened');
      seat.take(tunnel);
      timer = setTimeout(() => tunnel.close('sessions.time-up'), this.timeLeft(join));
      const reason = await tunnel.closed;
      const [fromGuacd, fromBrowser] = tunnel.dropped;
      this.logger.info({ participationId, sessionId, reason, fromGuacd, fromBrowser }, 'tunnel closed');
      return reason;
    } finally {
      clearTimeout(timer);
      resizer.close();
      leaveGuacd(guacd);
    }
  }

  private timeLeft({ closesAt }: Join): number {
    const left = Date.parse(closesAt) - this.clock.now().getTime();
    return Math.min(Math.max(0, left), LONGEST_TIMER_MS);
  }

  /** A full disk or a busy database must not leave somebody on the list of those who look. */
  private async record(participationId: string, reason: LeaveReason): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.participations.leave(participationId, reason);
        return;
      } catch (err) {
        this.logger.error({ err, participationId, attempt }, 'leave not recorded');
        if (attempt === RECORD_ATTEMPTS) return;
        await delay(RECORD_AGAIN_MS);
      }
    }
  }
}

const isAway = (thrown: unknown): boolean =>
  thrown instanceof Problem && thrown.code === 'hypervisor.not-answering';
