import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WebSocketServer, type WebSocket } from 'ws';
import { LOGGER, Problem, SETTINGS, sooner, withDeadline, type Logger, type Settings } from '@vitrine/kernel';
import { DisplayReadiness, TicketService, type TicketPresentation } from '@vitrine/sessions';
import { clientAddress } from '../front/client-address.js';
import { MAXIMUM_MESSAGE } from '../guacamole/client-guard.js';
import { EarlyBrowser } from './early-browser.js';
import { FirstSweep } from './first-sweep.js';
import { PendingLimits } from './pending-limits.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import type { Seat } from './seat.js';
import { TunnelHost } from './tunnel-host.js';
import { TunnelRegistry } from './tunnel-registry.js';
import { readUpgradeRequest, SUBPROTOCOL } from './upgrade-request.js';

/** Owns every WebSocket upgrade. What comes in is a stranger's until its ticket is redeemed; nothing of it may throw. */
@Injectable()
export class DisplayDoor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly limits = new PendingLimits();
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAXIMUM_MESSAGE,
    handleProtocols: () => SUBPROTOCOL,
  });

  constructor(
    private readonly adapter: HttpAdapterHost,
    private readonly tickets: TicketService,
    private readonly readiness: DisplayReadiness,
    private readonly registry: TunnelRegistry,
    private readonly tunnels: TunnelHost,
    private readonly sweep: FirstSweep,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const server = this.adapter.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request, socket, head) => void this.admit(request, socket, head));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.registry.cutAll();
  }

  private async admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Node leaves an upgraded socket without a listener, and an error without one would end the process.
    socket.on('error', () => socket.destroy());
    let free: () => void = () => undefined;
    try {
      const presented = readUpgradeRequest(request);
      this.sweep.assertDone();
      free = this.limits.enter(clientAddress(request, this.settings));
      const early = new EarlyBrowser(socket, head);
      await this.join(
        presented,
        early.gone,
        once(() => this.upgrade(request, socket, early.take())),
        free,
      );
    } catch (thrown) {
      const problem = Problem.from(thrown);
      if (problem.row.blame === 'caller') this.logger.debug({ code: problem.code }, 'display refused');
      else this.logger.warn({ code: problem.code, err: problem.cause }, 'display refused');
      refuseUpgrade(socket, problem);
    } finally {
      free();
    }
  }

  private async join(
    presented: TicketPresentation,
    gone: AbortSignal,
    upgrade: () => Promise<WebSocket>,
    joined: () => void,
  ): Promise<void> {
    let seat: Seat | undefined;
    try {
      const ticket = await this.tickets.peek(presented.secret);
      seat = this.registry.register(ticket.sessionId, ticket.participant);
      await this.untilReady(seat, gone);
      await this.tunnels.run(seat, presented, upgrade, joined);
    } catch (thrown) {
      // A browser hides the status of a refused upgrade from the page, so a reason is told by a close code.
      const { code, row } = Problem.from(thrown);
      if (code === 'kernel.unexpected') throw thrown;
      this.logger.debug({ code, err: Problem.from(thrown).cause }, 'join refused');
      closeSoon(await upgrade(), row.ws, code);
    } finally {
      seat?.leave();
    }
  }

  /** A browser may come as soon as its session is asked for, so that the picture waits for nobody's next question. */
  private async untilReady({ sessionId, signal }: Seat, gone: AbortSignal): Promise<void> {
    await withDeadline(
      WAIT_MS,
      'sessions.not-ready',
      (deadline) => this.readiness.wait(sessionId, deadline),
      sooner(signal, gone),
    );
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Problem('kernel.invalid'));
      if (socket.destroyed) {
        gone();
        return;
      }
      // ws answers a malformed request itself, by closing.
      socket.once('close', gone);
      this.sockets.handleUpgrade(request, socket, head, (browser) => {
        // Nothing may be lost, and no error unheard, before its tunnel listens.
        browser.on('error', () => undefined);
        browser.pause();
        resolve(browser);
      });
    });
  }
}

/** Shorter than a ticket's life and than guacamole-common-js waits for the first word of a tunnel (15 s). */
const WAIT_MS = 10_000;
const CLOSE_GRACE_MS = 1000;

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
};

function closeSoon(browser: WebSocket, code: number, reason: string): void {
  browser.resume();
  browser.close(code, reason);
  setTimeout(() => browser.terminate(), CLOSE_GRACE_MS).unref();
}
