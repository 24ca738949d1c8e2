/**
 * Runs the control plane in `<folder>/whole` and uses it without end, as browsers and a device do, until it is killed:
 * documents that come by the portal, from the patient and from a provider, images by STOW-RS, the network drive, people who
 * bring an export of another record, remove something of it, and remove their account. No engine answers. Says on its
 * standard output, a line of JSON each, what it is about to ask and what was acknowledged.
 *
 *   node --import '#typescript' serve-until-killed.ts FOLDER
 */
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { delay } from '@vitrine/kernel';
import { syntheticCtStudy } from '@vitrine/samples';
import { appToBeKilled } from './app-to-be-killed.js';
import { deposit } from './deposits.js';
import { anExport, live } from './lives.js';
import { digestOf, documentOf } from './many-documents.js';
import { FIRST_PART_BYTES, type DriveAct, type Said } from './said.js';
import { signedIn } from './people.js';
import { aProgram, aToken, STOW_TYPE, stowBody } from './programs.js';

const PAUSE_MS = 20;
/** Uploads that are left as they are after their first part. */
const LEFT_UNFINISHED = 3;
const TUS = { 'Tus-Resumable': '1.0.0' };

const say = (line: Said): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const { app, publicUrl, origin, jane, patient, account } = await appToBeKilled(process.argv[2] ?? '');
const password = await aToken(app, { account, patient }, 'drive-write');
const modality = aProgram(app, await aToken(app, { account, patient }, 'deposit'));
const basic = `Basic ${Buffer.from(`x:${password}`).toString('base64')}`;

async function upload(n: number): Promise<void> {
  const { name, bytes, takenOn } = documentOf(n);
  const created = await jane.post('/api/imports').send({}).expect(201);
  const { id: importId } = created.body as { id: string };
  const text = (value: string) => Buffer.from(value).toString('base64');
  const metadata = `importId ${text(importId)},name ${text(name)}`;
  const begun = await jane
    .post('/api/uploads')
    .set({ ...TUS, 'Upload-Length': String(bytes.length), 'Upload-Metadata': metadata })
    .expect(201);
  const path = `/api/uploads/${String(begun.headers['location']).split('/').at(-1)}`;
  const patch = (from: number, to: number) =>
    jane
      .patch(path)
      .set({ ...TUS, 'Upload-Offset': String(from), 'Content-Type': 'application/offset+octet-stream' })
      .send(bytes.subarray(from, to))
      .expect(204);
  await patch(0, FIRST_PART_BYTES);
  if (n < LEFT_UNFINISHED) {
    say({ door: 'upload', state: 'partial', importId, path, bytes: bytes.toString('base64'), takenOn });
    return;
  }
  await patch(FIRST_PART_BYTES, bytes.length);
  say({ door: 'upload', state: 'whole', importId, digest: digestOf(bytes), takenOn });
  await jane.post(`/api/imports/${importId}/finish`).expect(200);
  say({ door: 'upload', state: 'finished', importId, digest: digestOf(bytes), takenOn });
}

async function drive(act: DriveAct, body?: Buffer): Promise<void> {
  say({ door: 'drive', about: 'to', act });
  const [method, from, to] = act.what;
  const answer = await fetch(`${origin}/dav/Drive/${from}`, {
    method,
    headers: {
      authorization: basic,
      // One that is kept is closed from the other side while this process is held, and then not fit for the next.
      connection: 'close',
      ...(to === undefined ? {} : { destination: `/dav/Drive/${to}` }),
    },
    ...(body === undefined ? {} : { body }),
  });
  if (!answer.ok) throw new Error(`${method} ${from} was answered with ${answer.status}`);
  say({ door: 'drive', about: 'done', act });
}

async function driveAround(n: number): Promise<void> {
  const put = (path: string) => {
    const bytes = randomBytes(60_000 + n);
    return drive({ what: ['PUT', path], digest: digestOf(bytes) }, bytes);
  };
  await drive({ what: ['MKCOL', `f${n}`] });
  await put(`f${n}/a`);
  await put(`f${n}/b`);
  await drive({ what: ['MOVE', `f${n}/a`, `f${n}/c`] });
  await drive({ what: ['DELETE', `f${n}/b`] });
  // Written again and again, each time over what was there.
  await put('diary');
}

async function store(n: number): Promise<void> {
  const images = syntheticCtStudy({ slices: 4, size: 128, description: `Stored ${n}` }).map(
    ({ bytes }) => bytes,
  );
  await modality
    .post('/api/dicom-web/studies')
    .set({ 'content-type': STOW_TYPE, accept: 'application/dicom+json' })
    .send(stowBody(...images))
    .expect(200);
  say({ door: 'stow', digests: images.map(digestOf) });
}

const forEver = async (work: (n: number) => Promise<void>): Promise<never> => {
  for (let n = 0; ; n++) {
    await work(n);
    await delay(PAUSE_MS);
  }
};

const brought = await anExport(await signedIn(app, publicUrl, 'patient', { name: 'Erin Roe' }));

const provider = await signedIn(app, publicUrl, 'provider', { name: 'Dr Lee' });
const draft = { label: 'City Hospital', maximumUses: 1000 };
const { secret: code } = (await jane.post('/api/deposit-codes').send(draft).expect(201)).body as {
  secret: string;
};

say({ door: 'open', password, accountId: account.id, patientId: patient.id });
await Promise.all([
  forEver(upload),
  forEver(driveAround),
  forEver(store),
  forEver((n) => deposit(provider, jane, code, n, say)),
  forEver((n) => live(app, publicUrl, brought, n, say)),
]);
