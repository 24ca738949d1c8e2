import { add, examined } from './lives.js';
import { digestOf, documentOf } from './many-documents.js';
import type { Said } from './said.js';
import type { Browser } from './small-app.js';

/** A provider brings a document with the patient's code, and the patient says yes to it. */
export async function deposit(
  provider: Browser,
  patient: Browser,
  depositCode: string,
  n: number,
  say: (line: Said) => void,
): Promise<void> {
  const { name, bytes } = documentOf(n);
  const importId = await add(provider, name, bytes, { depositCode });
  const tell = (about: Extract<Said, { door: 'deposit' }>['about']) =>
    say({ door: 'deposit', about, importId, digest: digestOf(bytes) });
  tell('finished');
  if (!(await examined(provider, importId))) return;
  const { items } = (await patient.get('/api/record').expect(200)).body as {
    items: { id: string; state: string }[];
  };
  tell('to-accept');
  for (const { id } of items.filter(({ state }) => state === 'pending'))
    await patient.post(`/api/record/${id}/accept`).send({}).expect(200);
  tell('accepted');
}
