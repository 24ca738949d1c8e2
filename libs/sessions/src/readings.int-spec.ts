import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { VaultService } from '@vitrine/vault';
import {
  addImaging,
  openOnEngine,
  testInstallation,
  type OnEngine,
  type SessionHarness,
} from '../testing/index.js';

const LETTER = `<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Discharge letter</title><component><structuredBody>
  <component><section><title>Results</title><text><table><thead><tr><th>Test</th><th>Value</th></tr></thead>
  <tbody><tr><td>Haemoglobin</td><td>13.5 g/dL</td></tr></tbody></table></text></section></component>
  </structuredBody></component></ClinicalDocument>`;
const MESSAGE =
  'MSH|^~\\&|A|B|||20240305||ORU^R01|1|P|2.5\rPID|1||||Doe^Jane\rOBR|1|||1^Blood\rOBX|1|NM|1^Iron^LN||13|g';
const RESOURCE =
  '{"resourceType":"Observation","code":{"text":"Weight"},"valueQuantity":{"value":70,"unit":"kg"}}';

describe('a document that is made for programs, on the real engine', () => {
  const installation = testInstallation();
  const { settings } = installation;
  const patientId = newId();
  let harness: SessionHarness;
  let end: OnEngine['end'];

  beforeAll(async () => {
    ({ harness, end } = await openOnEngine(installation, 'mupdf'));
  });
  afterAll(() => end());

  it.each([
    ['cda', LETTER, 'Discharge letter'],
    ['hl7v2', MESSAGE, 'Iron'],
    ['fhir', RESOURCE, 'Weight'],
  ] as const)('is opened as a page: %s', async (format, content, words) => {
    const { item, files } = await addImaging(harness.database, patientId, 1);
    const bytes = (async function* () {
      yield await Promise.resolve(Buffer.from(content));
    })();
    const { blobId } = await harness.module.get(VaultService).put(patientId, bytes, { partition: 'medical' });
    await harness.database.manager.save([
      Object.assign(item, { kind: 'document', formats: [format] }),
      Object.assign(files[0] ?? {}, { format, blobId }),
    ]);
    const { id, viewerId } = await harness.sessions.request({
      patientId,
      startedBy: { kind: 'account', id: newId(), name: 'Jane' },
      itemIds: [item.id],
    });
    expect(viewerId).toBe('mupdf');
    const shown = await harness.until(
      id,
      (one) => one.viewerStatus === 'showing' || one.state === 'failed',
      60_000,
    );
    expect(shown.failure).toBeNull();
    const record = join(settings.runDir, 'sessions', id, 'files');
    expect(JSON.parse(readFileSync(join(record, 'open.json'), 'utf8'))).toMatchObject({
      items: [{ files: [{ path: 'item-1/000001.html', format: 'text' }] }],
    });
    expect(readFileSync(join(record, 'item-1/000001.html'), 'utf8')).toContain(words);
    expect(await harness.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
  });
});
