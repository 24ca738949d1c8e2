import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { syntheticCtStudy } from '@vitrine/samples';
import { fingerprintOf, selfSigned } from '../../testing/certificate.js';
import { dcmtk, hasDcmtk } from '../../testing/dcmtk.js';
import { DoorBench } from '../../testing/door-bench.js';
import { sharedExaminer } from '../../testing/exchange-bench.js';
import { StoreScp } from '../../testing/store-scp.js';

jest.setTimeout(120_000);

const withTools = hasDcmtk() ? describe : describe.skip;
const STUDIES = ['-k', 'QueryRetrieveLevel=STUDY', '-k', 'StudyInstanceUID'];

withTools('a system that is known by its certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-pinned-'));
  let [ours, its, other]: [string, string][] = [];
  let door: DoorBench;
  beforeAll(() => {
    [ours, its, other] = ['ours', 'its', 'other'].map((name) => selfSigned(folder, name));
  });
  afterEach(() => door.close());
  afterAll(() => {
    sharedExaminer.end();
    rmSync(folder, { recursive: true, force: true });
  });
  const register = (draft: object) =>
    door.bench.nodes.register(door.provider, {
      name: 'Workstation',
      callingAeTitle: 'WORKSTATION',
      addresses: [],
      certificate: fingerprintOf(its![1]),
      ...draft,
    });

  it('reads with this certificate, and not with another one or with none', async () => {
    const [key, cert] = ours!;
    door = await DoorBench.open({ tls: { key, cert, clientCa: undefined } });
    await door.add(syntheticCtStudy({ slices: 2, size: 16 }));
    await register({});
    const title = await door.newReadingTitle('WORKSTATION');
    const find = async (...tls: string[]) =>
      (await dcmtk('findscu', '-v', '-S', ...tls, ...door.target(title, 'WORKSTATION'), ...STUDIES)).output;
    expect(await find('+tls', ...its!, '+cf', cert)).toContain('Find Response: 1 (Pending)');
    expect(await find('+tls', ...other!, '+cf', cert)).toContain('Calling AE Title Not Recognized');
    expect(await find('+tla', '+cf', cert)).not.toContain('Find Response');
  });

  it('is sent what it moves by TLS, if it shows this certificate', async () => {
    door = await DoorBench.open();
    await door.add(syntheticCtStudy({ slices: 2, size: 16 }));
    const title = await door.newReadingTitle();
    for (const [shown, count] of [
      [its!, 2],
      [other!, 0],
    ] as const) {
      const there = await StoreScp.start('+xa', '+tls', ...shown, '-ic');
      const callingAeTitle = count > 0 ? 'GENUINE' : 'FALSE';
      await register({ callingAeTitle, host: '127.0.0.1', port: there.port });
      const studies = (await dcmtk('findscu', '-v', '-S', ...door.target(title), ...STUDIES)).output;
      const uid = /UI \[([\d.]+)\]/.exec(studies.split('Pending')[1]!)![1]!;
      const keys = ['-k', 'QueryRetrieveLevel=STUDY', '-k', `StudyInstanceUID=${uid}`];
      const { output } = await dcmtk(
        'movescu',
        '-v',
        '-S',
        '-aem',
        callingAeTitle,
        ...door.target(title),
        ...keys,
      );
      expect(output).toContain(count > 0 ? 'Final Move Response (Success)' : 'OutOfResourcesSubOperations');
      expect(there.received()).toHaveLength(count);
      await there.stop();
    }
  });
});
