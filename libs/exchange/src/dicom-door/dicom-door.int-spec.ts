import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { EXPLICIT_LITTLE, RawPeer } from '@vitrine/dimse/testing';
import { Problem } from '@vitrine/kernel';
import { dicomFile, syntheticCtStudy, uidOf } from '@vitrine/samples';
import { selfSigned } from '../../testing/certificate.js';
import { testData } from '../../testing/data-files.js';
import { dataSetOf, dcmtk, hasDcmtk } from '../../testing/dcmtk.js';
import { DoorBench } from '../../testing/door-bench.js';
import { sharedExaminer } from '../../testing/exchange-bench.js';
import { freePort } from '../../testing/store-scp.js';

jest.setTimeout(120_000);

const data = testData();
const withData = data === undefined || !hasDcmtk() ? it.skip : it;
const withTools = hasDcmtk() ? describe : describe.skip;
const study = (options = {}) => syntheticCtStudy({ slices: 4, size: 16, ...options });

/** Kinds of encoding that storescu sends as they are, and how it is told to. */
const ENCODINGS: readonly [string, string][] = [
  ['explicit-le.dcm', '-xe'],
  ['implicit-le.dcm', '-xi'],
  ['explicit-be-mr.dcm', '-xb'],
  ['deflated.dcm', '-xd'],
  ['jpeg-baseline-rgb.dcm', '-xy'],
  ['jpeg-extended-nm.dcm', '-xx'],
  ['jpeg-lossless-sv1-us.dcm', '-xs'],
  ['j2k-lossless-ct.dcm', '-xv'],
  ['j2k-lossy-ct.dcm', '-xw'],
  ['jpegls-lossless-ct.dcm', '-xt'],
  ['jpegls-near-ct.dcm', '-xu'],
  ['rle-ct.dcm', '-xr'],
];

withTools('the DICOM door', () => {
  let door: DoorBench;
  beforeEach(async () => {
    door = await DoorBench.open();
  });
  afterEach(() => door.close());
  afterAll(() => sharedExaminer.end());

  const echo = async (called?: string, calling?: string) =>
    (await dcmtk('echoscu', '-v', ...door.target(called, calling))).output;
  const imports = () => door.bench.imports.list(door.provider.id);

  it('answers C-ECHO of a registered PACS, and uses no code for it', async () => {
    expect(await echo()).toContain('Received Echo Response (Success)');
    await door.settled();
    expect(await door.bench.depositCodes.ofPatient(door.patient.patient.id)).toMatchObject([{ uses: 0 }]);
    expect(await imports()).toEqual([]);
  });

  it('refuses who calls under an unknown title or from elsewhere, whatever they call', async () => {
    expect(await echo(door.code, 'STRANGER')).toContain('Calling AE Title Not Recognized');
    expect(await echo('NOBODY', 'STRANGER')).toContain('Calling AE Title Not Recognized');
    const draft = {
      name: 'elsewhere',
      callingAeTitle: 'ELSEWHERE',
      addresses: ['192.0.2.0/24', '2001:db8::1'],
    };
    await door.bench.nodes.register(door.provider, draft);
    expect(await echo(door.code, 'ELSEWHERE')).toContain('Calling AE Title Not Recognized');
  });

  it('refuses a called title that is no code, or one that no longer works, or another’s inbox', async () => {
    expect(await echo('NOBODY')).toContain('Called AE Title Not Recognized');
    const [code] = await door.bench.depositCodes.ofPatient(door.patient.patient.id);
    await door.bench.depositCodes.revoke(door.patient, code!.id);
    expect(await echo()).toContain('Called AE Title Not Recognized');
    const other = await door.bench.account('provider', 'Dr Other');
    const draft = { name: 'other', callingAeTitle: 'OTHER', addresses: [] };
    await door.bench.nodes.register(other, draft);
    expect(await echo(door.inboxAeTitle, 'OTHER')).toContain('Called AE Title Not Recognized');
    expect(await echo(door.inboxAeTitle)).toContain('Received Echo Response (Success)');
  });

  it('deposits what storescu sends with the patient, to say yes or no to', async () => {
    const sent = await door.store(door.written(study()));
    expect(sent.code).toBe(0);
    await door.settled();
    expect(await imports()).toMatchObject([
      { state: 'done', filesStored: 4, notes: [], deposits: [{ title: 'CT of the head', count: 4 }] },
    ]);
    expect(await door.bench.records.list(door.patient.patient.id)).toMatchObject([
      { state: 'pending', count: 4, study: { mismatch: 'none' } },
    ]);
    const acts = door.bench.database.dataSource.getRepository(AuditEvent);
    expect(await acts.countBy({ action: 'record.deposited' })).toBe(1);
    expect(door.bench.leftovers()).toEqual([]);
  });

  withData('keeps every encoding byte by byte, as a bit-preserving receiver has it', async () => {
    const received = await bitPreserved(ENCODINGS);
    for (const [name, option] of ENCODINGS) {
      const { code, output } = await door.store(
        [join(data!, 'dicom/transfer-syntax', name)],
        door.code,
        option,
      );
      expect({ name, code, output: code === 0 ? '' : output }).toEqual({ name, code: 0, output: '' });
    }
    await door.settled();
    const deposited = await door.deposited();
    expect(deposited).toHaveLength(ENCODINGS.length);
    const digests = (files: Buffer[]) =>
      files.map((file) => createHash('sha256').update(dataSetOf(file)).digest('hex')).sort();
    expect(digests(deposited)).toEqual(digests(received));
    // What was written before the data set is right for everybody else's reader, too.
    for (const [index, file] of deposited.entries()) {
      const [path] = door.written([{ name: `${index}.dcm`, bytes: file }]);
      expect((await dcmtk('dcmftest', path!)).output).toMatch(/^yes:/);
      const dump = (await dcmtk('dcmdump', '+P', '0002,0016', '+P', '0002,0013', path!)).output;
      expect(dump).toMatch(/AE \[PACS\]/);
      expect(dump).toMatch(/SH \[VITRINE\]/);
    }
  });

  withData('takes every kind of object', async () => {
    const folders = ['modality', 'objects'].map((name) => join(data!, 'dicom', name));
    const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
    for (const path of files) {
      const option = PROPOSALS[transferSyntaxOf(path)] ?? '-x=';
      const { code, output } = await door.store([path], door.code, option);
      expect({ path, code, output: code === 0 ? '' : output }).toEqual({ path, code: 0, output: '' });
    }
    await door.settled();
    const [done] = await imports();
    expect(done).toMatchObject({ state: 'done', filesExamined: files.length, filesStored: files.length });
  });

  it('counts associations that follow each other as one use of the code', async () => {
    for (const path of door.written(study())) expect((await door.store([path])).code).toBe(0);
    await door.settled();
    expect(await imports()).toMatchObject([{ filesStored: 4 }]);
    expect(await door.bench.depositCodes.ofPatient(door.patient.patient.id)).toMatchObject([{ uses: 1 }]);
  });

  it('examines by itself some time after the last association', async () => {
    await door.close();
    door = await DoorBench.open({
      limits: { pauses: { afterReleaseMs: 50, whileOpenMs: 1_000, againAfterMs: 1_000 } },
    });
    await door.store(door.written(study()));
    for (let n = 0; n < 200 && (await imports())[0]?.state !== 'done'; n++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await imports()).toMatchObject([{ state: 'done', filesStored: 4 }]);
  });

  it('says A700H when the record is full, and keeps what came before', async () => {
    await door.close();
    door = await DoorBench.open({ bytesPerPatient: 250_000 });
    const sent = await door.store(door.written(syntheticCtStudy({ slices: 3, size: 256 })));
    expect(sent.output).toMatch(/Received Store Response \(Refused: OutOfResources\)/);
    expect(sent.output.match(/Received Store Response \(Success\)/g)).toHaveLength(1);
    await door.settled();
    expect(await imports()).toMatchObject([{ state: 'done', filesStored: 1 }]);
  });

  it('has all that it acknowledged and nothing half when the sender is killed', async () => {
    const files = door.written(syntheticCtStudy({ slices: 60, size: 128 }));
    const sender = spawn('/usr/bin/storescu', ['-v', '-R', ...door.target(), ...files], {
      env: { ...process.env, TCP_NODELAY: '1' },
    });
    let said = '';
    const gone = new Promise((resolve) => sender.once('close', resolve));
    sender.stderr.on('data', (text: Buffer) => {
      said += text.toString();
      if ((said.match(/Response \(Success\)/g) ?? []).length >= 10) sender.kill('SIGKILL');
    });
    await gone;
    const acknowledged = (said.match(/Response \(Success\)/g) ?? []).length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    await door.settled();
    const deposited = await door.deposited();
    expect(acknowledged).toBeGreaterThanOrEqual(10);
    expect(deposited.length).toBeGreaterThanOrEqual(acknowledged);
    const sizes = files.map((path) => dataSetOf(path).length);
    for (const file of deposited) expect(sizes).toContain(dataSetOf(file).length);
    expect(door.bench.leftovers()).toEqual([]);
  });

  it('has all that it acknowledged after it ended without warning, with half an object under way', async () => {
    const [whole, cut] = study();
    const peer = await RawPeer.associate(door.port, { called: door.code, calling: 'PACS' });
    peer.store(uidOf('whole'), [dataSetOf(whole!.bytes)]);
    expect(await peer.status()).toBe(0);
    peer.store(uidOf('cut'), [dataSetOf(cut!.bytes).subarray(0, 300)]);
    peer.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    // The database says “receiving” and the pack has what was acknowledged: that is all that a crash leaves.
    await door.killed();
    await door.bench.runner.idle();
    expect((await door.deposited()).map(dataSetOf)).toEqual([dataSetOf(whole!.bytes)]);
  });

  it('keeps what it acknowledged while there is no room to examine it, and does so later', async () => {
    const { vault, runner } = door.bench;
    const prepareFile = vault.prepareFile.bind(vault);
    vault.prepareFile = () => Promise.reject(new Problem('vault.disk-full'));
    await door.store(door.written(study()));
    await door.settled();
    const [waiting] = await imports();
    expect(waiting).toMatchObject({ state: 'examining', notes: [] });
    vault.prepareFile = prepareFile;
    runner.enqueue(waiting!.id);
    await runner.idle();
    expect(await imports()).toMatchObject([{ state: 'done', filesStored: 4 }]);
  });

  it('takes any storage class and encoding with the very bytes that were sent', async () => {
    const sopClassUid = '1.3.46.670589.5.0.2';
    const bytes = dicomFile(uidOf('private'), privateObject(sopClassUid), { sopClassUid });
    const peer = await RawPeer.associate(door.port, {
      called: door.code,
      calling: 'PACS',
      contexts: [{ id: 1, abstractSyntax: sopClassUid, transferSyntaxes: [EXPLICIT_LITTLE] }],
    });
    peer.store(uidOf('private'), [dataSetOf(bytes)], { affectedSopClassUid: sopClassUid });
    expect(await peer.status()).toBe(0);
    peer.release();
    await door.settled();
    expect((await door.deposited()).map(dataSetOf)).toEqual([dataSetOf(bytes)]);
  });

  it('refuses an instance UID that is a path with 0117H', async () => {
    const peer = await RawPeer.associate(door.port, { called: door.code, calling: 'PACS' });
    peer.store('../../etc/passwd', [Buffer.alloc(100)]);
    expect(await peer.status()).toBe(0x0117);
  });

  it('limits how many associations one PACS has', async () => {
    await door.close();
    door = await DoorBench.open({ limits: { connectionsPerSystem: 2 } });
    const proposal = { called: door.code, calling: 'PACS' };
    await RawPeer.associate(door.port, proposal);
    const second = await RawPeer.associate(door.port, proposal);
    expect(await echo()).toContain('Local Limit Exceeded');
    second.release();
    await second.next();
    expect(await echo()).toContain('Received Echo Response (Success)');
  });

  it('speaks TLS with those who have a certificate of the right authority, and with nobody else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-tls-'));
    const [key, cert] = selfSigned(folder, 'server');
    const [otherKey, otherCert] = selfSigned(folder, 'other');
    await door.close();
    door = await DoorBench.open({ tls: { key, cert, clientCa: cert } });
    const withKey = (mine: string, its: string) =>
      dcmtk('echoscu', '-v', '+tls', mine, its, '+cf', cert, '-rc', ...door.target());
    expect((await withKey(key, cert)).output).toContain('Received Echo Response (Success)');
    expect((await withKey(otherKey, otherCert)).code).not.toBe(0);
    expect((await dcmtk('echoscu', '-to', '3', '-ta', '3', ...door.target())).code).not.toBe(0);
    rmSync(folder, { recursive: true });
  });

  /** What storescp writes when it is told to leave every bit as it came. */
  async function bitPreserved(encodings: typeof ENCODINGS): Promise<Buffer[]> {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-storescp-'));
    const port = String(await freePort());
    const receiver = spawn('/usr/bin/storescp', ['+B', '+xa', '+uf', '-od', folder, port], {
      stdio: 'ignore',
    });
    try {
      for (let n = 0; n < 100 && (await dcmtk('echoscu', '127.0.0.1', port)).code !== 0; n++)
        await new Promise((resolve) => setTimeout(resolve, 50));
      for (const [name, option] of encodings)
        await dcmtk('storescu', option, '-R', '127.0.0.1', port, join(data!, 'dicom/transfer-syntax', name));
      return readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    } finally {
      receiver.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  }
});

/** How storescu is told to send what is in this encoding as it is. */
const PROPOSALS: Record<string, string> = {
  '1.2.840.10008.1.2.4.50': '-xy',
  '1.2.840.10008.1.2.4.51': '-xx',
  '1.2.840.10008.1.2.4.70': '-xs',
  '1.2.840.10008.1.2.4.90': '-xv',
  '1.2.840.10008.1.2.4.91': '-xw',
  '1.2.840.10008.1.2.5': '-xr',
};

const transferSyntaxOf = (path: string): string => {
  const head = readFileSync(path).subarray(0, 1024);
  const at = head.indexOf(Buffer.from([2, 0, 0x10, 0, 0x55, 0x49]));
  return head.toString('latin1', at + 8, at + 8 + head.readUInt16LE(at + 6)).replace(/\0$/, '');
};

const privateObject = (sopClassUid: string): Parameters<typeof dicomFile>[1] => [
  [0x0008, 0x0016, 'UI', sopClassUid],
  [0x0008, 0x0018, 'UI', uidOf('private')],
  [0x0008, 0x0060, 'CS', 'MR'],
  [0x0020, 0x000d, 'UI', uidOf('study')],
  [0x0020, 0x000e, 'UI', uidOf('series')],
  [0x0029, 0x1010, 'OB', Buffer.alloc(500, 'raw')],
];
