import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticCtStudy } from '@vitrine/samples';
import { freePort } from '../support/free-port.js';
import { Orthanc } from '../support/orthanc.js';
import { Stack } from '../support/stack.js';
import { examined, storeByDimse, type StudyFolder } from './ingest/cstore.js';
import { newPatient, newProvider } from './ingest/people.js';
import { atRest } from './ingest/rest.js';
import { growthWhile, uploadBesideDisk, type UploadRates } from './ingest/upload.js';
import { storeByWeb, writeStoreRequest } from './ingest/stow.js';
import { median } from './statistics.js';
import { inWorkshop, readLarge, readStudy } from './vault/workshop.js';

const INSTANCES = 600;
/** Of 10 uploads 4 GiB come together, which is what the memory has to stay flat for. */
const THOROUGH = { rounds: 10, uploads: 10, uploadMiB: 410, reads: 10 };
const QUICK = { rounds: 3, uploads: 3, uploadMiB: 256, reads: 3 };
const AIMS = {
  cstore_vs_orthanc: 1.5,
  stow_vs_orthanc: 1.5,
  upload_vs_disk: 0.7,
  session_read_mib_s: 600,
  rss_growth_mib: 50,
};

/**
 * Instances a second that storescu brings in over one association and curl by one STOW-RS request, here and at
 * Orthanc: the same files, the same clients, by turns, each durable before its success is answered (Orthanc with its
 * defaults). Orthanc gets a fresh database and we a fresh patient in every round, so that nothing is known already, and
 * each begins on a machine at rest. Then large uploads beside the disk's own sequential write with a flush, and what
 * they do to the memory of the control plane. Last the way back: from the vault into a session's memory, by the session
 * host. `--quick` is for work on it: few runs, much noise.
 */
export async function bench(options: readonly string[]): Promise<object> {
  const { rounds, uploads: turns, uploadMiB, reads } = options.includes('--quick') ? QUICK : THOROUGH;
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-ingest-'));
  const dicomPort = await freePort();
  const stack = await Stack.start({
    VITRINE_DICOM_PORT: String(dicomPort),
    // Without guests: what they compute would be measured too.
    VITRINE_ENGINE_SOCKET: join(folder, 'no-engine.sock'),
  });
  try {
    const study = writeStudy(join(folder, 'study'));
    const request = join(folder, 'request');
    writeStoreRequest(study, request);
    const provider = await newProvider(stack);
    await provider.call('POST', '/api/dicom-nodes', { name: 'PACS', callingAeTitle: 'PACS' });
    const [cstore, stow, cstoreThere, stowThere]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let round = 1; round <= rounds; round++) {
      const orthanc = await Orthanc.start();
      try {
        await atRest();
        cstoreThere.push(await storeByDimse(study, 'ORTHANC', orthanc.dicomPort));
      } finally {
        await orthanc.close();
      }
      const patient = await newPatient(stack);
      const code = await patient.call<{ aeTitle: string }>('POST', '/api/deposit-codes', { label: 'x' });
      const { secret } = await patient.call<{ secret: string }>('POST', '/api/access-tokens', {
        label: 'bench',
        scope: 'deposit',
      });
      await atRest();
      cstore.push(await storeByDimse(study, code.aeTitle, dicomPort));
      await examined(provider, round, INSTANCES);
      const another = await Orthanc.start();
      try {
        await atRest();
        stowThere.push(await storeByWeb(INSTANCES, request, another.storeUrl));
      } finally {
        await another.close();
      }
      await atRest();
      stow.push(await storeByWeb(INSTANCES, request, `${stack.origin}/api/dicom-web/studies`, secret));
      process.stdout.write(
        `C-STORE: ${cstore.at(-1)} instances a second, Orthanc ${cstoreThere.at(-1)}; ` +
          `STOW-RS: ${stow.at(-1)}, Orthanc ${stowThere.at(-1)}\n`,
      );
    }
    const uploads: UploadRates[] = [];
    const patient = await newPatient(stack);
    const growth = await growthWhile(stack.pidOf('control-plane'), async () => {
      for (let turn = 0; turn < turns; turn++) {
        const rates = await uploadBesideDisk(patient, folder, { mebibytes: uploadMiB, turn });
        process.stdout.write(`upload: ${Math.round(rates.ours)} MiB/s, disk ${Math.round(rates.disk)}\n`);
        uploads.push(rates);
      }
    });
    const read = await inWorkshop(async (workshop) =>
      Math.min(median(await readStudy(workshop, reads)), median(await readLarge(workshop, reads))),
    );
    const figures = {
      cstore_vs_orthanc: ratio(cstore, cstoreThere),
      stow_vs_orthanc: ratio(stow, stowThere),
      cstore_per_s: median(cstore),
      orthanc_cstore_per_s: median(cstoreThere),
      stow_per_s: median(stow),
      orthanc_stow_per_s: median(stowThere),
      upload_vs_disk: ratio(
        uploads.map(({ ours }) => ours),
        uploads.map(({ disk }) => disk),
      ),
      session_read_mib_s: Math.round(read),
      rss_growth_mib: growth,
      rounds,
      instances: INSTANCES,
    };
    const ok =
      figures.cstore_vs_orthanc >= AIMS.cstore_vs_orthanc &&
      figures.stow_vs_orthanc >= AIMS.stow_vs_orthanc &&
      figures.upload_vs_disk >= AIMS.upload_vs_disk &&
      figures.session_read_mib_s >= AIMS.session_read_mib_s &&
      growth <= AIMS.rss_growth_mib;
    return { figures, aims: AIMS, ok };
  } finally {
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeStudy(folder: string): StudyFolder {
  mkdirSync(folder);
  for (const [index, { bytes }] of syntheticCtStudy({ slices: INSTANCES, size: 256 }).entries())
    writeFileSync(join(folder, `${String(index).padStart(5, '0')}.dcm`), bytes);
  return { folder, instances: INSTANCES };
}

const ratio = (ours: readonly number[], theirs: readonly number[]): number =>
  Math.round((100 * median(ours)) / median(theirs)) / 100;
