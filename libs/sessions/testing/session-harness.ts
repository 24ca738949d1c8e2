import { Global, Module, type Provider } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { AuditEvent, AuditModule } from '@vitrine/audit';
import { Grant, ShareLink } from '@vitrine/delegation';
import type { HostMounts, HypervisorDriver, Workshop } from '@vitrine/hypervisor';
import { SignIn } from '@vitrine/identity';
import { Clock, createLogger, LOGGER, SETTINGS, SystemClock, type Settings } from '@vitrine/kernel';
import { DATABASE_PLACE, PersistenceModule } from '@vitrine/persistence';
import { placeIn } from '@vitrine/persistence/testing';
import { RecordFile, RecordItem } from '@vitrine/records';
import { VAULT_ENTITIES } from '@vitrine/vault/testing';
import {
  PermitIssuer,
  SessionHost,
  shippedImages,
  SHIPPED_IMAGES,
  type RecordCopier,
} from '@vitrine/session-host';
import { testSessionHost } from '@vitrine/session-host/testing';
import { ImagePackages, Viewer } from '@vitrine/viewers';
import { Participation } from '../src/participation.entity.js';
import { Reconciler } from '../src/reconciler.js';
import { ObjectLender } from '../src/record-source.js';
import { Reservation } from '../src/reservations/reservation.entity.js';
import { SessionStore } from '../src/session-store.js';
import { SessionViews } from '../src/session-views.js';
import { Session } from '../src/session.entity.js';
import { ResultsKeeper } from '../src/session-results.js';
import { SessionService } from '../src/session.service.js';
import { SessionsModule } from '../src/sessions.module.js';
import { StudioService } from '../src/studio/studio.service.js';
import { Ticket } from '../src/ticket.entity.js';
import { LiveConnections, type CutRequest } from '../src/tunnel-live-connections.js';
import { FakeCopier } from './fake-copier.js';

const ENTITIES = [
  AuditEvent,
  ...VAULT_ENTITIES,
  Grant,
  ImagePackages,
  Participation,
  RecordFile,
  RecordItem,
  Reservation,
  Session,
  ShareLink,
  SignIn,
  Ticket,
  Viewer,
];

export interface SessionHarnessOptions {
  readonly driver: HypervisorDriver;
  readonly workshop?: Workshop;
  readonly mounts: HostMounts;
  readonly settings: Settings;
  readonly clock?: Clock;
  readonly copier?: RecordCopier;
  readonly guacdReference?: string;
  /** Nobody keeps results without it. */
  readonly results?: ResultsKeeper;
}

/** Everything that a control plane has for sessions, as one process would: open it twice for “after a restart”. */
export interface SessionHarness {
  readonly module: TestingModule;
  readonly database: DataSource;
  readonly sessions: SessionService;
  readonly studio: StudioService;
  readonly store: SessionStore;
  readonly views: SessionViews;
  readonly reconciler: Reconciler;
  readonly cuts: CutRequest[];
  /** Returns the session when `fits`, or throws with what it was last. */
  until(sessionId: string, fits: (session: Session) => boolean, withinMs?: number): Promise<Session>;
  close(): Promise<void>;
}

export async function openSessions(options: SessionHarnessOptions): Promise<SessionHarness> {
  const cuts: CutRequest[] = [];
  const cut = (what: CutRequest) => Promise.resolve(cuts.push(what));
  const images = options.guacdReference
    ? { ...shippedImages(), guacd: options.guacdReference }
    : { viewers: [], guacd: 'vitrine/guacd:1', toolbox: 'vitrine/toolbox:1' };
  const copier = options.copier ?? new FakeCopier();
  const { host, permits } = testSessionHost({ ...options, copier, images });
  const module = await Test.createTestingModule({
    imports: [
      PersistenceModule.forRoot({
        entities: ENTITIES,
        migrate: true,
        attempts: 1,
        pauseMs: 0,
      }),
      AuditModule,
      surroundings([
        { provide: SETTINGS, useValue: options.settings },
        { provide: DATABASE_PLACE, useValue: await placeIn(options.settings.dataDir) },
        { provide: LOGGER, useValue: createLogger('test', process.env['VITRINE_TEST_LOG'] ?? 'silent') },
        { provide: Clock, useValue: options.clock ?? new SystemClock() },
        { provide: SessionHost, useValue: host },
        { provide: PermitIssuer, useValue: permits },
        { provide: SHIPPED_IMAGES, useValue: images },
        { provide: ResultsKeeper, useValue: options.results ?? { keep: () => Promise.resolve() } },
      ]),
      SessionsModule,
    ],
  })
    .overrideProvider(LiveConnections)
    .useValue({ cut })
    .overrideProvider(ObjectLender)
    .useValue(KEYLESS)
    .compile();
  const store = module.get(SessionStore);
  return {
    module,
    database: module.get(DataSource),
    sessions: module.get(SessionService),
    studio: module.get(StudioService),
    store,
    views: module.get(SessionViews),
    reconciler: module.get(Reconciler),
    cuts,
    until: async (sessionId, fits, withinMs = 5_000) => {
      const giveUp = Date.now() + withinMs;
      for (;;) {
        const session = await store.get(sessionId);
        if (fits(session)) return session;
        if (Date.now() > giveUp)
          throw new Error(`The session stayed ${session.state} (${session.endReason}, ${session.failure}).`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    close: () => module.close(),
  };
}

/** The files of these tests are in no vault; their copier needs no keys. */
export const KEYLESS: ObjectLender = {
  lend: (_patientId, blobIds, _signal, use) =>
    use(
      blobIds.map((blobId) => ({
        blobId,
        bytes: 1000,
        version: 1,
        key: Buffer.alloc(32).toString('base64'),
      })),
    ),
};

function surroundings(providers: Provider[]) {
  @Global()
  @Module({ providers, exports: providers.map((provider) => (provider as { provide: symbol }).provide) })
  class Surroundings {}
  return Surroundings;
}
