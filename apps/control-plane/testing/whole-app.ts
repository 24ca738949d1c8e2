import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { HostMounts, HYPERVISOR } from '@vitrine/hypervisor';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { createLogger, readSettings } from '@vitrine/kernel';
import { environmentOf, placeIn } from '@vitrine/persistence/testing';
import { shippedImages } from '@vitrine/viewers';
import { AppModule } from '../src/app.module.js';
import { prepareHttp } from '../src/http/index.js';

export interface WholeApp {
  readonly app: NestExpressApplication;
  readonly driver: FakeDriver;
  readonly publicUrl: string;
  close(): Promise<void>;
}

/**
 * The control plane as it ships, in a folder that `close` removes; the engine and the mounts are made up, unless a test
 * wants the real ones.
 */
export async function wholeApp({
  realEngine = false,
  folder = mkdtempSync(join(tmpdir(), 'vitrine-whole-')),
  environment = {},
}: {
  readonly realEngine?: boolean;
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
} = {}): Promise<WholeApp> {
  const settings = readSettings({
    ...environmentOf(await placeIn(join(folder, 'data'))),
    VITRINE_KEY_FILE: join(folder, 'key'),
    VITRINE_RUN_DIR: join(folder, 'run'),
    VITRINE_PUBLIC_URL: 'http://vitrine.test',
    // Nobody opens a viewer here unless a test does.
    VITRINE_WARM_VIEWERS: '0',
    VITRINE_WARM_BRIDGES: '0',
    ...environment,
  });
  const driver = new FakeDriver();
  // Nothing is registered at start; whoever starts a viewer needs the one image that every session has.
  driver.engine.images.set(shippedImages().guacd, {
    digest: `sha256:${'b'.repeat(64)}`,
    bytes: 1,
    createdAt: new Date(0),
    labels: {},
  });
  const builder = Test.createTestingModule({
    imports: [AppModule.forRoot(settings, createLogger('test', 'silent'))],
  });
  if (!realEngine)
    builder.overrideProvider(HYPERVISOR).useValue(driver).overrideProvider(HostMounts).useClass(FakeMounts);
  const module = await builder.compile();
  const app = prepareHttp(module.createNestApplication<NestExpressApplication>({ logger: false }));
  await app.init();
  // As in the product: a client that sends again after some seconds would meet a connection that is just closed.
  app.getHttpServer().keepAliveTimeout = 120_000;
  return {
    app,
    driver,
    publicUrl: settings.publicUrl,
    close: async () => {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
