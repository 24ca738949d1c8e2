import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { KnownProgram } from '@vitrine/delegation';
import { delay, newId } from '@vitrine/kernel';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { hasClamd, LARGEST_SCANNED_BYTES, MALWARE, SIGNATURE, TestClamd } from '../../testing/clamd.js';
import { hasDcmtk } from '../../testing/dcmtk.js';
import { DoorBench } from '../../testing/door-bench.js';
import { sharedExaminer, type SentFile } from '../../testing/exchange-bench.js';
import { zipOf } from '../../testing/zip-of.js';

jest.setTimeout(120_000);

const report = (content: string | Uint8Array = ''): Buffer =>
  Buffer.concat([syntheticReportPdf().bytes, Buffer.from(content)]);
const infected = { name: 'letter.pdf', bytes: report(MALWARE) };

(hasClamd() && hasDcmtk() ? describe : describe.skip)('With a ClamAV daemon', () => {
  let clamd: TestClamd;
  let door: DoorBench;

  beforeAll(async () => {
    clamd = new TestClamd();
    await clamd.start();
    door = await DoorBench.open({ clamdSocket: clamd.socketPath });
    door.bench.scanner.patience = { tries: 20, pauseMs: 200, silenceMs: 10_000 };
  });
  afterAll(async () => {
    await door.close();
    await clamd.close();
    sharedExaminer.end();
  });

  const add = async (...files: SentFile[]) => {
    const { account, patient } = door.patient;
    return door.bench.send(account, await door.bench.imports.beginOwn(account, patient), files);
  };
  const stored = () => door.bench.stored(door.patient.patient.id);

  it('a file in which something is recognised is refused by name, and the others of the drop go on', async () => {
    const before = stored().length;
    const done = await add(infected, { name: 'good.pdf', bytes: report('good') });
    expect(done.notes).toMatchObject([
      { untrustedName: 'letter.pdf', code: 'exchange.malware-found', detail: SIGNATURE },
    ]);
    expect(done).toMatchObject({ state: 'done', filesStored: 1, items: [{ title: 'good' }] });
    expect(stored()).toHaveLength(before + 1);
    expect(door.bench.leftovers()).toEqual([]);
  });

  it('it is recognised within an archive too', async () => {
    const done = await add({
      name: 'all.zip',
      bytes: await zipOf([infected, { name: 'ok.pdf', bytes: report('ok') }]),
    });
    expect(done.notes).toMatchObject([{ untrustedName: 'letter.pdf', detail: SIGNATURE }]);
    expect(done.filesStored).toBe(1);
  });

  it('what is larger than the daemon takes is kept, and the report says that nobody looked at it', async () => {
    for (const factor of [1.1, 8, 40]) {
      const bytes = report(Buffer.alloc(LARGEST_SCANNED_BYTES * factor, 32));
      const done = await add({ name: `${factor}.pdf`, bytes });
      expect(done.notes).toMatchObject([{ untrustedName: `${factor}.pdf`, code: 'exchange.not-scanned' }]);
      expect(done.filesStored).toBe(1);
    }
  });

  describe('images', () => {
    const study = (description: string) =>
      syntheticCtStudy({ slices: 2, size: 64, description }).map(({ name, bytes }) => ({
        name,
        bytes: Buffer.from(bytes),
      }));
    const poisoned = (description: string) => {
      const [first, second] = study(description);
      // Pixels are data: nothing in DICOM says what may be in them.
      second?.bytes.write(MALWARE, second.bytes.length - 200);
      return [first, second].flatMap((one) => (one === undefined ? [] : [one]));
    };

    it('that come by DICOM are refused one by one, and the provider’s report says why', async () => {
      const sent = await door.store(door.written(poisoned('by dimse')));
      expect(sent.code).toBe(0);
      await door.settled();
      const [latest] = await door.bench.imports.list(door.provider.id);
      expect(latest).toMatchObject({ state: 'done', filesStored: 1 });
      expect(latest?.notes).toMatchObject([{ code: 'exchange.malware-found', detail: SIGNATURE }]);
    });

    it('that come by DICOMweb are answered one by one', async () => {
      const { account, patient } = door.patient;
      const token = {
        id: newId(),
        patientId: patient.id,
        accountId: account.id,
        depositCodeId: null,
        label: 'x',
      };
      const parts = poisoned('by web').map(({ bytes }) => bytes);
      const answers = await door.bench.instances.store(
        { account, patient, token } as KnownProgram,
        bodies(parts),
        {},
      );
      expect(answers).toMatchObject([
        { outcome: 'stored' },
        { outcome: 'refused', code: 'exchange.malware-found' },
      ]);
    });
  });

  it('an import waits while the daemon is restarted', async () => {
    await clamd.stop();
    const adding = add({ ...infected, name: 'patience.pdf' });
    await delay(300);
    await clamd.start();
    const [note] = (await adding).notes;
    expect(note).toMatchObject({ untrustedName: 'patience.pdf', detail: SIGNATURE });
  });

  it('nothing is taken in without it, and whoever adds something is told so', async () => {
    await clamd.stop();
    const before = stored().length;
    door.bench.scanner.patience = { tries: 2, pauseMs: 50, silenceMs: 10_000 };
    const done = await add({ name: 'good.pdf', bytes: report('unseen') });
    expect(done).toMatchObject({ state: 'failed', notes: [{ code: 'exchange.scanner-away' }] });
    expect(stored()).toHaveLength(before);
    expect(door.bench.leftovers()).toEqual([]);
  });

  it('a daemon that takes the file and says nothing is not waited for without end', async () => {
    rmSync(clamd.socketPath, { force: true });
    const silent = createServer((socket) => socket.resume()).listen(clamd.socketPath);
    door.bench.scanner.patience = { tries: 1, pauseMs: 50, silenceMs: 300 };
    const done = await add({ name: 'good.pdf', bytes: report('silence') });
    silent.close();
    expect(done).toMatchObject({ state: 'failed', notes: [{ code: 'exchange.scanner-away' }] });
  });
});

/* eslint-disable @typescript-eslint/require-await */
async function* bodies(parts: readonly Buffer[]): AsyncGenerator<AsyncIterable<Uint8Array>> {
  for (const part of parts)
    yield (async function* () {
      yield part;
    })();
}
/* eslint-enable @typescript-eslint/require-await */
