import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { Account, Patient } from '@vitrine/identity';
import { createLogger, readSettings } from '@vitrine/kernel';
import { AppModule } from '../src/app.module.js';
import { prepareHttp } from '../src/http/index.js';
import { signedIn } from './people.js';

/** The control plane in `<folder>/whole`, listening, with a patient who is signed in. No engine answers. */
export async function appToBeKilled(home: string) {
  const folder = join(home, 'whole');
  const settings = readSettings({
    VITRINE_DATA_DIR: join(folder, 'data'),
    VITRINE_KEY_FILE: join(folder, 'key'),
    VITRINE_RUN_DIR: join(folder, 'run'),
    VITRINE_ENGINE_SOCKET: join(folder, 'no-engine.sock'),
    VITRINE_PUBLIC_URL: 'http://vitrine.test',
  });
  const { publicUrl } = settings;
  const app = prepareHttp(
    await NestFactory.create<NestExpressApplication>(
      AppModule.forRoot(settings, createLogger('test', 'silent')),
      { logger: false },
    ),
  );
  await app.listen(0, '127.0.0.1');
  const origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const jane = await signedIn(app, publicUrl, 'patient', { name: 'Jane Doe' });
  const database = app.get(DataSource);
  const patient = await database.getRepository(Patient).findOneByOrFail({ name: 'Jane Doe' });
  const account = await database.getRepository(Account).findOneByOrFail({ id: patient.accountId });
  return { app, publicUrl, origin, jane, patient, account };
}
