import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { memorySource, readDicom } from '@vitrine/dicom';
import { syntheticCtStudy, syntheticGenome, syntheticReportPdf, type SampleFile } from '@vitrine/samples';
import type { ImportView } from '../support/api-client.js';
import { DoorsBench } from '../support/doors-bench.js';
import { freePort } from '../support/free-port.js';
import { reads } from '../support/reads.js';
import { ROOT } from '../support/root.js';
import { WEB_USER } from '../support/stack.js';

jest.setTimeout(240_000);

const DOORS = 'docs/doors';
const HOST = 'localhost';
const SLICES = 3;

const study = (description: string): SampleFile[] =>
  syntheticCtStudy({ slices: SLICES, size: 64, description }).map(({ bytes }, index) => ({
    name: `${index + 1}.dcm`,
    bytes,
  }));

function facts(bytes: Uint8Array) {
  const answer = readDicom(memorySource(bytes));
  if (answer.kind !== 'instance') throw new Error('no instance');
  return answer.facts;
}

/** The import as the last of its events shows it. */
const lastView = (said: string): ImportView =>
  JSON.parse(said.slice(said.lastIndexOf('data: ') + 'data: '.length)) as ImportView;

/** What the pages about the doors say to type, typed by a shell at the product that runs. */
describe('the examples of docs/doors', () => {
  let bench: DoorsBench;
  beforeAll(async () => {
    bench = await DoorsBench.open();
  }, 360_000);
  afterAll(() => bench.close());

  it('portal.md: an upload that is cut and goes on, by a patient and by a provider', async () => {
    const jane = await bench.patient();
    const lee = await bench.provider();
    const { page: one, folder } = bench.page(`${DOORS}/portal.md`, study('A disc'));
    const zip = () =>
      execFileSync('/usr/bin/7z', ['a', 'disc.zip', '1.dcm', '2.dcm', '3.dcm'], { cwd: folder });
    zip();
    const upload = async () => {
      await one.run('IMPORT=');
      await one.run('OFFSET=');
      return lastView(await one.run('/finish'));
    };
    await one.fill({ ...jane.signIn, FILE: 'disc.zip', BEGIN: '{}' });
    await one.run('/api/sign-in');
    expect(await upload()).toMatchObject({ state: 'done', filesStored: SLICES });
    await bench.inRecord(jane, `imaging kept ${SLICES}`);

    const depositCode = await bench.newCode(jane);
    for (const { name, bytes } of study('Another disc')) writeFileSync(join(folder, name), bytes);
    zip();
    one.again();
    await one.fill({ ...lee.signIn, FILE: 'disc.zip', BEGIN: JSON.stringify({ depositCode }) });
    await one.run('/api/sign-in');
    expect(await upload()).toMatchObject({ state: 'done' });
    await bench.inRecord(jane, `imaging kept ${SLICES}`, `imaging pending ${SLICES}`);
    one.end();
  });

  it('documents.md: documents and a genome with its index', async () => {
    const jane = await bench.patient();
    const letter =
      '<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Letter</title><effectiveTime value="20240305"/></ClinicalDocument>';
    const labs = 'MSH|^~\\&|LAB|City Hospital|||20240307||ORU^R01|1|P|2.5\rOBX|1|ST|718-7^Hemoglobin^LN||8\r';
    const { page: one } = bench.page(`${DOORS}/documents.md`, [
      { name: 'letter.xml', bytes: Buffer.from(letter) },
      { name: 'labs.hl7', bytes: Buffer.from(labs) },
      ...reads(),
    ]);
    await one.fill(jane.signIn);
    await one.run('/api/sign-in');
    expect(await one.run('/finish')).toMatch(/"done"\s+\[\]/);
    // An index without its genome would have been noted.
    expect(await bench.kinds(jane)).toEqual(['document kept 1', 'document kept 1', 'genome kept 1']);
    one.end();
  });

  it('dicomweb.md: a token of a code, storing, searching, fetching, pictures', async () => {
    const jane = await bench.patient();
    const { signIn } = await bench.provider();
    const files = study('By DICOMweb');
    const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = facts(files[0]!.bytes);
    const { page: one, folder } = bench.page(`${DOORS}/dicomweb.md`, files);
    await one.fill({ ...signIn, CODE: await bench.newCode(jane) });
    const given = (await one.run('/api/deposits/token')).trim();
    await one.fill({
      ...{
        WEB: `${bench.stack.origin}/api/dicom-web`,
        SEND: given,
        READ: await bench.newToken(jane, 'read'),
      },
      ...{ STUDY: studyInstanceUid, SERIES: seriesInstanceUid, INSTANCE: sopInstanceUid },
    });
    expect(await one.run('type="application/dicom"; boundary=x')).toContain('00081199');
    await bench.inRecord(jane, `imaging pending ${SLICES}`);
    const [item] = await bench.record(jane);
    await jane.client.call('POST', `/api/record/${item!.id}/accept`);
    expect((await one.run('PatientName=Doe*')).split(studyInstanceUid).length).toBeGreaterThan(3);
    expect(await one.run('-o one.dcm')).toContain('"0020000D"');
    expect(readFileSync(join(folder, 'one.dcm')).equals(files[0]!.bytes)).toBe(true);
    for (const name of ['study.multipart', 'frame.multipart'])
      expect(readFileSync(join(folder, name)).length).toBeGreaterThan(64 * 64);
    await one.run('-o lung.png');
    expect([...readFileSync(join(folder, 'one.jpg')).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    expect(readFileSync(join(folder, 'lung.png')).subarray(1, 4).toString()).toBe('PNG');
    one.end();
  });

  it('dimse.md: to a patient, to the inbox, by TLS', async () => {
    const jane = await bench.patient();
    const lee = await bench.provider();
    const files = study('By DICOM');
    const { page: one, folder } = bench.page(`${DOORS}/dimse.md`, [
      { name: 'study/1.dcm', bytes: files[0]!.bytes },
      { name: 'more.dcm', bytes: files[1]!.bytes },
      { name: 'plain.dcm', bytes: files[2]!.bytes },
      { name: 'one.dcm', bytes: study('To the inbox')[0]!.bytes },
      ...['client.key', 'client.pem', 'server.pem'].map((name) => ({
        name,
        bytes: readFileSync(join(bench.home, name)),
      })),
    ]);
    execFileSync('/usr/bin/dcmcjpeg', ['+e1', 'plain.dcm', 'jpeg-lossless.dcm'], { cwd: folder });
    const code = (await bench.newCode(jane)).replaceAll('-', '');
    await one.fill({ ...lee.signIn, FROM: '127.0.0.0/8', HOST, PORT: bench.dicomPort, CODE: code });
    await one.run('/api/dicom-nodes');
    await one.run('echoscu');
    await one.run('-aec $INBOX');
    await bench.inRecord(jane, `imaging pending ${SLICES}`);
    await bench.inInbox(lee, 'To the inbox');

    // The same page for an operator who has opened the port with TLS.
    const secured = await bench.provider(bench.withTls);
    one.again();
    await one.fill({
      ...secured.signIn,
      FROM: '127.0.0.0/8',
      HOST,
      PORT: bench.tlsPort,
      CODE: 'ABCDABCDABCD',
    });
    await one.run('/api/dicom-nodes');
    one.leaveOut(2);
    await one.run('+tls');
    await bench.inInbox(secured, 'To the inbox');
    one.end();
  });

  it('dimse-reading.md: searching and fetching with a title that a patient made', async () => {
    const jane = await bench.patient();
    const files = study('To be read');
    await jane.client.addFiles(files);
    const { signIn } = await bench.provider();
    const listens = await freePort();
    const { page: one, folder } = bench.page(`${DOORS}/dimse-reading.md`);
    await one.fill({ ...signIn, FROM: '127.0.0.1', LISTENS: listens });
    expect(await one.run('/api/dicom-nodes')).toContain('CITYWS2');
    await one.fill(jane.signIn);
    const title = /READ[0-9A-Z]{12}/.exec(await one.run('/api/reading-addresses'))?.[0] ?? '';
    const { studyInstanceUid } = facts(files[0]!.bytes);
    await one.fill({ HOST, PORT: bench.dicomPort, TITLE: title, STUDY: studyInstanceUid, LISTENS: listens });
    const found = await one.run('findscu');
    expect(found).toContain(studyInstanceUid);
    expect(found).toContain('Axial head phantom');
    for (const name of ['images', 'moved'])
      expect(
        readdirSync(join(folder, name))
          .map((file) => facts(readFileSync(join(folder, name, file))).sopInstanceUid)
          .sort(),
      ).toEqual(files.map(({ bytes }) => facts(bytes).sopInstanceUid).sort());
    one.end();
  });

  it('ftps.md: by lftp and curl, to a patient and to the inbox', async () => {
    const jane = await bench.patient();
    const lee = await bench.provider();
    const files = study('By FTPS');
    const { page: one } = bench.page(`${DOORS}/ftps.md`, [
      { name: 'study/1.dcm', bytes: files[0]!.bytes },
      { name: 'study/2.dcm', bytes: files[1]!.bytes },
      { name: 'image.dcm', bytes: files[2]!.bytes },
      { name: 'other.dcm', bytes: study('To the inbox by FTPS')[0]!.bytes },
    ]);
    await one.fill({ ...lee.signIn, HOST, PORT: bench.ftpsPort, CODE: await bench.newCode(jane) });
    await one.run('/api/ftps-account');
    await one.run('lftp');
    await one.run('patient-1');
    await bench.inRecord(jane, `imaging pending ${SLICES}`);
    await bench.inInbox(lee, 'To the inbox by FTPS');
    one.end();
  });

  it('drive.md: rclone, curl and cadaver', async () => {
    const jane = await bench.patient();
    await jane.client.addFiles(study('In the record'));
    const password = await bench.newToken(jane, 'drive-write');
    const report = syntheticReportPdf();
    const scans = study('From a folder').map(({ name, bytes }) => ({ name: `CT-of-2026/${name}`, bytes }));
    const { page: one, folder } = bench.page(`${DOORS}/drive.md`, [
      { ...report, name: 'report.pdf' },
      ...scans,
    ]);
    await one.fill({ SITE: bench.stack.origin, APP_PASSWORD: password });
    await one.run('rclone copy');
    await one.run('curl -u');
    await one.run('cadaver');
    const stored = async (path: string) => {
      const authorization = `Basic ${Buffer.from(`jane:${password}`).toString('base64')}`;
      const answer = await fetch(`${bench.stack.origin}/dav/Drive/${path}`, { headers: { authorization } });
      return Buffer.from(await answer.arrayBuffer());
    };
    for (const { name, bytes } of scans) expect((await stored(name)).equals(bytes)).toBe(true);
    for (const name of ['report.pdf', 'letters/report.pdf'])
      expect((await stored(name)).equals(report.bytes)).toBe(true);
    expect(readFileSync(join(folder, 'first-kilobyte')).equals(report.bytes.subarray(0, 1024))).toBe(true);
    expect(
      readdirSync(join(folder, 'my-record'), { recursive: true }).filter((one) => one.includes('.dcm')),
    ).toHaveLength(SLICES);
    // What lies in the drive is offered to the record by itself.
    await bench.inRecord(jane, 'document kept 1', `imaging kept ${SLICES}`, `imaging kept ${SLICES}`);
    one.end();
  });

  it('way-out.md: everything, a selection, sealed, back into another record, and the end', async () => {
    const jane = await bench.patient();
    const files = study('A head');
    await jane.client.addFiles([...files, syntheticReportPdf(), syntheticGenome()]);
    const { page: one, folder } = bench.page(`${DOORS}/way-out.md`);
    await one.fill({ ...jane.signIn, PASSPHRASE: 'three blue herons' });
    await one.run('/api/sign-in');
    await one.run('# Everything');
    const whole = readFileSync(join(folder, 'record.zip'));
    truncateSync(join(folder, 'record.zip'), Math.floor(whole.length / 2));
    await one.run('# Cut off?');
    expect(readFileSync(join(folder, 'record.zip')).equals(whole)).toBe(true);
    expect((await one.run('sha256sum')).match(/: OK$/gm)?.length).toBeGreaterThanOrEqual(SLICES + 2);
    await one.run('# Only what');
    const listed = execFileSync('/usr/bin/unzip', ['-l', 'selection.zip'], { cwd: folder, encoding: 'utf8' });
    expect([/DICOM\//.test(listed), /DOCUMENTS\//.test(listed)]).toEqual([true, false]);
    await one.run('7z x');
    const sums = (name: string) => readFileSync(join(folder, name, 'CHECKSUMS.sha256'), 'utf8');
    expect(sums('opened')).toBe(sums('record'));

    const other = await bench.patient();
    one.again();
    await one.fill({ ...other.signIn, PASSPHRASE: 'three blue herons' });
    await one.run('/api/sign-in');
    one.leaveOut(5);
    expect(await one.run('record.zip')).toMatch(new RegExp(`"done"\\s+${SLICES + 2}\\s`));
    expect(await bench.kinds(other)).toEqual(await bench.kinds(jane));
    expect(await one.run('integrity')).toContain('"damaged":0');
    await one.run('/api/me/delete');
    expect((await other.client.fetch('GET', '/api/me')).status).toBe(401);
    one.end();
  });

  it('backup.md: a backup of what runs, its check, and a restore', async () => {
    const [backups, restored] = ['backups', 'restored'].map((name) => {
      mkdirSync(join(bench.home, name));
      execFileSync('chown', [String(WEB_USER.uid), join(bench.home, name)]);
      return join(bench.home, name);
    });
    const key = join(bench.stack.folder, 'keys', 'key');
    const { page: one } = bench.page('docs/operating/backup.md', [], WEB_USER);
    await one.type(`cd '${ROOT}'; export VITRINE_KEY_FILE='${key}'`);
    await one.fill({ BACKUP: backups!, DATA: bench.stack.dataDir, KEY: key, NEW: join(restored!, 'data') });
    expect(await one.run('npm run backup')).toContain('The backup is whole');
    expect(await one.run('npm run restore')).toContain('was restored');
    // Without the empty folder of whoever left.
    const stored = (data: string) =>
      readdirSync(join(data, 'vault'), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.includes('/'))
        .sort();
    expect(stored(join(restored!, 'data'))).toEqual(stored(bench.stack.dataDir));
    one.end();
  });
});
