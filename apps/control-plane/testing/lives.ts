import type { INestApplication } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Patient } from '@vitrine/identity';
import { delay } from '@vitrine/kernel';
import { syntheticCtStudy, syntheticGenome, syntheticReportPdf } from '@vitrine/samples';
import { digestOf } from './many-documents.js';
import { PASSWORD, signedIn } from './people.js';
import type { Said } from './said.js';
import type { Browser } from './small-app.js';

const LOOK_MS = 50;
/** Sign-ins from one address are counted; no more lives than that. */
const LIFE_MS = 2_500;
const TUS = { 'Tus-Resumable': '1.0.0' };

/** The names and SHA-256 of what an export holds, without what was made for it. */
export interface WholeExport {
  readonly bytes: Buffer;
  readonly digests: readonly string[];
}

/** Adds a file as a browser does; answers the import. @param begin with a deposit code, a provider. */
export async function add(person: Browser, name: string, bytes: Buffer, begin = {}): Promise<string> {
  const { id } = (await person.post('/api/imports').send(begin).expect(201)).body as { id: string };
  const text = (value: string) => Buffer.from(value).toString('base64');
  await person
    .post('/api/uploads')
    .set({
      ...TUS,
      'Upload-Length': String(bytes.length),
      'Upload-Metadata': `importId ${text(id)},name ${text(name)}`,
      'Content-Type': 'application/offset+octet-stream',
    })
    .send(bytes)
    .expect(201);
  await person.post(`/api/imports/${id}/finish`).expect(200);
  return id;
}

/** Waits for the end of an import. False: there was no time for it on a busy machine, and nothing came in. */
export async function examined(person: Browser, importId: string): Promise<boolean> {
  for (;;) {
    const { state } = (await person.get(`/api/imports/${importId}`).expect(200)).body as { state: string };
    if (state === 'done' || state === 'failed') return state === 'done';
    await delay(LOOK_MS);
  }
}

/** The export of a record with a scan, a genome and a document. */
export async function anExport(person: Browser): Promise<WholeExport> {
  const files = [...syntheticCtStudy({ slices: 3, size: 64 }), syntheticGenome(), syntheticReportPdf()];
  for (const { name, bytes } of files)
    while (!(await examined(person, await add(person, name, Buffer.from(bytes)))));
  const answer = await person
    .get('/api/record/export')
    .buffer(true)
    .parse((response, done) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => done(null, Buffer.concat(parts)));
    })
    .expect(200);
  return { bytes: answer.body as Buffer, digests: files.map(({ bytes }) => digestOf(bytes)) };
}

/** Somebody comes with an export from elsewhere, removes one thing of it, and every other time goes again. */
export async function live(
  app: INestApplication,
  publicUrl: string,
  { bytes, digests }: WholeExport,
  n: number,
  say: (line: Said) => void,
): Promise<void> {
  const name = `Person ${n}`;
  const person = await signedIn(app, publicUrl, 'patient', { name });
  const { id: patientId } = await app.get(DataSource).getRepository(Patient).findOneByOrFail({ name });
  const tell = (about: Extract<Said, { door: 'life' }>['about'], itemId = '') =>
    say({ door: 'life', about, patientId, itemId, digests });
  const importId = await add(person, 'health-record.zip', bytes);
  tell('sent');
  if (!(await examined(person, importId))) return;
  tell('imported');
  const { items } = (await person.get('/api/record').expect(200)).body as {
    items: { id: string; kind: string }[];
  };
  const study = items.find(({ kind }) => kind === 'imaging')?.id ?? '';
  tell('to-remove', study);
  await person.delete(`/api/record/${study}`).expect(204);
  tell('removed', study);
  if (n % 2 === 0) {
    tell('to-leave');
    await person.post('/api/me/delete').send({ password: PASSWORD }).expect(204);
    tell('left');
  }
  await delay(LIFE_MS);
}
