import { createHash } from 'node:crypto';
import type { KnownProgram } from '@vitrine/delegation';
import type { Account, Patient } from '@vitrine/identity';
import { newId } from '@vitrine/kernel';
import { dataSetOf } from './dcmtk.js';

/** The SHA-256 of a data set, or of a document: what stays the same by every way. */
export const digestOf = (bytes: Uint8Array): string =>
  createHash('sha256')
    .update(dataSetOf(Buffer.from(bytes)))
    .digest('hex');

export const letterOf = (title: string) => ({
  name: 'letter.xml',
  bytes: Buffer.from(`<ClinicalDocument xmlns="urn:hl7-org:v3"><title>${title}</title></ClinicalDocument>`),
});

/* eslint-disable @typescript-eslint/require-await */
/** The parts of one request, each in several chunks. */
export async function* bodiesOf(parts: readonly Uint8Array[]): AsyncGenerator<AsyncIterable<Uint8Array>> {
  for (const part of parts)
    yield (async function* () {
      for (let at = 0; at < part.length; at += 10_000) yield part.subarray(at, at + 10_000);
    })();
}
/* eslint-enable @typescript-eslint/require-await */

/** A program that adds to the patient's record, with a token of the patient's own or one that a code let in. */
export const programOf = (account: Account, patient: Patient, depositCodeId: string | null): KnownProgram => {
  const token = { id: newId(), patientId: patient.id, accountId: account.id, depositCodeId, label: 'x' };
  return { account, patient, token } as KnownProgram;
};
