import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module, type ModuleMetadata } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { ITEM_OWNERSHIP, LIVE_CONNECTIONS } from '@vitrine/delegation';
import { RecordingConnections, SomeItems } from '@vitrine/delegation/testing';
import { Clock, createLogger, readSettings, type Settings } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { CoreModule } from '../src/core.module.js';
import { HttpModule, prepareHttp } from '../src/http/index.js';

@Global()
@Module({
  providers: [
    { provide: ITEM_OWNERSHIP, useClass: SomeItems },
    { provide: LIVE_CONNECTIONS, useClass: RecordingConnections },
  ],
  exports: [ITEM_OWNERSHIP, LIVE_CONNECTIONS],
})
class DoublesModule {}

export interface SmallApp {
  readonly app: NestExpressApplication;
  readonly clock: FakeClock;
  readonly settings: Settings;
  readonly server: Server;
  /** A browser: keeps its cookies and sends what the portal sends. */
  browser(): Browser;
  close(): Promise<void>;
}

export type Browser = ReturnType<typeof request.agent>;

/** A control plane of a few parts on a real database, with a clock that stands still and no engine. */
export async function smallApp(
  parts: ModuleMetadata,
  environment: Readonly<Record<string, string>> = {},
): Promise<SmallApp> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-app-'));
  const settings = readSettings({
    VITRINE_DATA_DIR: join(folder, 'data'),
    VITRINE_KEY_FILE: join(folder, 'key'),
    VITRINE_RUN_DIR: join(folder, 'run'),
    VITRINE_PUBLIC_URL: 'http://vitrine.test',
    ...environment,
  });
  const clock = new FakeClock(new Date());
  const module = await Test.createTestingModule({
    ...parts,
    imports: [
      CoreModule.forRoot(settings, createLogger('test', 'silent')),
      HttpModule,
      DoublesModule,
      ...(parts.imports ?? []),
    ],
  })
    .overrideProvider(Clock)
    .useValue(clock)
    .compile();
  const app = prepareHttp(module.createNestApplication<NestExpressApplication>({ logger: false }));
  await app.init();
  const server = app.getHttpServer();
  return {
    app,
    clock,
    settings,
    server,
    browser: () => request.agent(server).set('X-Vitrine', '1').set('Origin', settings.publicUrl),
    close: async () => {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
