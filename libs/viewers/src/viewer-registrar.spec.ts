import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditEvent, AuditService, type AuditAgent } from '@vitrine/audit';
import type { GuestImage } from '@vitrine/hypervisor';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { Problem, type LeastWalls } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testSessionHost } from '@vitrine/session-host/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { ViewerCatalogue } from './viewer-catalogue.js';
import { ViewerRegistrar } from './viewer-registrar.js';
import { Viewer, type AdmissionReport } from './viewer.entity.js';

const admin: AuditAgent = { kind: 'account', id: 'a', name: 'Admin' };

const image = (letter: string, manifest: Record<string, unknown> = {}): GuestImage => ({
  digest: `sha256:${letter.repeat(64)}`,
  bytes: 1,
  createdAt: new Date(0),
  labels: {
    'org.vitrine.contract': '1',
    'org.vitrine.manifest': Buffer.from(
      JSON.stringify({
        id: 'plain',
        title: 'Plain',
        sentence: 'Shows.',
        licence: 'MIT',
        formats: ['dicom'],
        resources: { memoryMiB: 256 },
        ...manifest,
      }),
    ).toString('base64'),
  },
});
const report = (letter: string, passed: boolean): AdmissionReport => ({
  at: '2026-01-31T09:30:00.000Z',
  passed,
  imageDigest: `sha256:${letter.repeat(64)}`,
  checks: [],
});
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => Problem.from(error).code,
  );

describe('ViewerRegistrar', () => {
  let database: TestDatabase;
  let driver: FakeDriver;
  let registrar: ViewerRegistrar;
  let catalogue: ViewerCatalogue;

  const open = (leastWalls: LeastWalls = 'standard') => {
    const nowhere = { runDir: '/nonexistent', dataDir: '/nonexistent', scratchDir: '/nonexistent' };
    const settings = { ...nowhere, leastWalls };
    const { host } = testSessionHost({ driver, mounts: new FakeMounts(), settings });
    const viewers = database.dataSource.getRepository(Viewer);
    const clock = new FakeClock();
    const audit = new AuditService(database.dataSource.getRepository(AuditEvent), clock);
    catalogue = new ViewerCatalogue(viewers);
    return new ViewerRegistrar(viewers, host, database.transactor, audit, clock);
  };

  beforeEach(async () => {
    database = await testDatabase([Viewer, AuditEvent]);
    driver = new FakeDriver();
    registrar = open();
    driver.engine.images.set('some/plain:1', image('a'));
  });
  afterEach(() => database.close());

  it('pins a stranger’s image and offers it only after its test', async () => {
    const viewer = await registrar.register('some/plain:1', admin);
    expect(viewer).toMatchObject({
      state: 'testing',
      imageDigest: `sha256:${'a'.repeat(64)}`,
      shipped: false,
    });
    expect(await catalogue.offeredFor([{ formats: ['dicom'] }])).toEqual([]);
    expect(await refusal(registrar.enable('plain', admin))).toBe('viewers.admission-failed');
    await registrar.report('plain', report('a', true), Buffer.from('png'), 'word');
    expect((await catalogue.get('plain')).registration).toBe('word');
    expect(await catalogue.offeredFor([{ formats: ['dicom'] }])).toHaveLength(1);
  });

  describe('results', () => {
    const results = async () => (await catalogue.get('plain')).results;

    it('are off until an admin allows them, which leaves a line', async () => {
      driver.engine.images.set('some/plain:1', image('a', { results: true }));
      expect((await registrar.register('some/plain:1', admin)).results).toBe('off');
      await registrar.allowResults('plain', true, admin);
      expect(await results()).toBe('on');
      const lines = await database.dataSource.getRepository(AuditEvent).findBy({ action: 'viewer.changed' });
      expect(lines).toMatchObject([{ agent: admin, details: { results: 'on' } }]);
      await registrar.allowResults('plain', false, admin);
      expect(await results()).toBe('off');
    });

    it('cannot be allowed to an image that does not state that it has use for them', async () => {
      await registrar.register('some/plain:1', admin);
      expect(await refusal(registrar.allowResults('plain', true, admin))).toBe('viewers.no-results');
      expect(await results()).toBe('none');
    });

    it('have to be allowed again to another image of a stranger, and stay allowed to a rebuilt one of our own', async () => {
      driver.engine.images.set('some/plain:1', image('a', { results: true }));
      await registrar.register('some/plain:1', admin);
      await registrar.allowResults('plain', true, admin);
      await registrar.register('some/plain:1', admin);
      expect(await results()).toBe('on');
      driver.engine.images.set('some/plain:1', image('b', { results: true }));
      await registrar.register('some/plain:1', admin);
      expect(await results()).toBe('off');

      await registrar.registerShipped('some/plain:1');
      await registrar.allowResults('plain', true, admin);
      driver.engine.images.set('some/plain:1', image('c', { results: true }));
      await registrar.registerShipped('some/plain:1');
      expect(await results()).toBe('on');
    });
  });

  it('refuses what failed its test, for good', async () => {
    await registrar.register('some/plain:1', admin);
    expect((await registrar.report('plain', report('a', false), null, null)).state).toBe('refused');
    expect(await refusal(registrar.enable('plain', admin))).toBe('viewers.admission-failed');
  });

  it('does not take the report on one image for another', async () => {
    await registrar.register('some/plain:1', admin);
    driver.engine.images.set('some/plain:2', image('b'));
    await registrar.register('some/plain:2', admin);
    expect((await registrar.report('plain', report('a', true), null, null)).state).toBe('testing');
  });

  it('does not let one image take the place of another viewer', async () => {
    await registrar.registerShipped('some/plain:1');
    driver.engine.images.set('evil/plain:1', image('e'));
    expect(await refusal(registrar.register('evil/plain:1', admin))).toBe('viewers.not-a-viewer');
    expect((await catalogue.get('plain')).imageReference).toBe('some/plain:1');
  });

  it('knows neither images that the engine does not hold nor those that are no viewers', async () => {
    expect(await refusal(registrar.register('none/such:1', admin))).toBe('hypervisor.image-missing');
    driver.engine.images.set('some/other:1', { ...image('c'), labels: {} });
    expect(await refusal(registrar.register('some/other:1', admin))).toBe('viewers.not-a-viewer');
  });

  it('pins a rebuilt shipped image anew, and leaves a disabled one disabled', async () => {
    await registrar.registerShipped('some/plain:1');
    driver.engine.images.set('some/plain:1', image('b'));
    expect(await registrar.registerShipped('some/plain:1')).toMatchObject({
      state: 'offered',
      imageDigest: `sha256:${'b'.repeat(64)}`,
      admission: null,
    });
    await registrar.disable('plain', admin);
    driver.engine.images.set('some/plain:1', image('c'));
    expect((await registrar.registerShipped('some/plain:1')).state).toBe('disabled');
  });

  it('tests a viewer anew when other walls are put around it, and keeps them when its image changes', async () => {
    await registrar.register('some/plain:1', admin);
    await registrar.report('plain', report('a', true), null, 'word');
    expect(await registrar.isolate('plain', 'strong', admin)).toMatchObject({
      isolation: 'strong',
      state: 'testing',
      admission: { passed: false },
      // What it was registered for were other walls.
      registration: null,
    });
    driver.engine.images.set('some/plain:2', image('b'));
    expect((await registrar.register('some/plain:2', admin)).isolation).toBe('strong');
  });

  it('does not offer its own image within strong walls before it passed there, also after a restart', async () => {
    await registrar.registerShipped('some/plain:1');
    expect((await registrar.isolate('plain', 'strong', admin)).state).toBe('testing');
    expect((await registrar.report('plain', report('a', false), null, null)).state).toBe('refused');
    expect((await registrar.registerShipped('some/plain:1')).state).toBe('refused');
    expect(await refusal(registrar.enable('plain', admin))).toBe('viewers.admission-failed');
    driver.engine.images.set('some/plain:1', image('b'));
    expect((await registrar.registerShipped('some/plain:1')).state).toBe('testing');
  });

  it('changes nothing by the same walls again, and offers its own image at once back where it was built for', async () => {
    await registrar.registerShipped('some/plain:1');
    const before = await catalogue.get('plain');
    expect(await registrar.isolate('plain', 'standard', admin)).toEqual(before);
    await registrar.isolate('plain', 'strong', admin);
    expect((await registrar.isolate('plain', 'standard', admin)).state).toBe('offered');
  });

  it('does not promise walls that this machine cannot build', async () => {
    await registrar.registerShipped('some/plain:1');
    driver.engine.isolations = ['standard'];
    expect(await refusal(registrar.isolate('plain', 'strong', admin))).toBe('hypervisor.isolation-missing');
    expect((await catalogue.get('plain')).isolation).toBe('standard');
  });

  describe('where the operator asks for strong walls', () => {
    it('puts them around each new viewer, and offers none before it passed within them', async () => {
      registrar = open('strong');
      const walls = { isolation: 'strong', state: 'testing' };
      expect(await registrar.registerShipped('some/plain:1')).toMatchObject(walls);
      expect(await registrar.isolations()).toEqual(['strong']);
      expect(await refusal(registrar.isolate('plain', 'standard', admin))).toBe(
        'hypervisor.isolation-missing',
      );
    });

    it('puts them around those that were offered within less, and leaves what is disabled disabled', async () => {
      driver.engine.images.set('some/other:1', image('c', { id: 'other' }));
      driver.engine.images.set('some/shut:1', image('d', { id: 'shut' }));
      await registrar.registerShipped('some/plain:1');
      await registrar.register('some/other:1', admin);
      await registrar.report('other', report('c', true), null, 'word');
      await registrar.allowEgress('other', ['tools.example.org'], admin);
      await registrar.register('some/shut:1', admin);
      await registrar.disable('shut', admin);

      registrar = open('strong');
      await registrar.registerShipped('some/plain:1');
      await registrar.raiseWalls();
      const walls = { isolation: 'strong', state: 'testing', egress: [] };
      expect(await catalogue.get('plain')).toMatchObject(walls);
      expect(await catalogue.get('other')).toMatchObject({ ...walls, registration: null });
      expect(await catalogue.get('shut')).toMatchObject({ ...walls, state: 'disabled' });
    });

    it('goes on offering what passed within them, also when the operator asks for less again', async () => {
      registrar = open('strong');
      await registrar.registerShipped('some/plain:1');
      await registrar.report('plain', report('a', true), null, 'word');
      const kept = { isolation: 'strong', state: 'offered' };
      expect(await registrar.registerShipped('some/plain:1')).toMatchObject(kept);
      registrar = open();
      expect(await registrar.registerShipped('some/plain:1')).toMatchObject(kept);
    });
  });

  it('leaves a virtual machine within its own walls, and lets nothing else have them', async () => {
    driver.engine.isolations = ['standard', 'strong', 'vm'];
    driver.engine.images.set('vm/plain', { ...image('b'), isMachine: true });
    expect((await registrar.register('vm/plain', admin)).isolation).toBe('vm');
    expect(await refusal(registrar.isolate('plain', 'standard', admin))).toBe('hypervisor.isolation-missing');
    expect((await registrar.isolate('plain', 'vm', admin)).isolation).toBe('vm');
  });

  it('does not put a container into the walls of a machine', async () => {
    driver.engine.isolations = ['standard', 'strong', 'vm'];
    await registrar.register('some/plain:1', admin);
    expect(await refusal(registrar.isolate('plain', 'vm', admin))).toBe('hypervisor.isolation-missing');
  });

  describe('with whom a viewer may speak', () => {
    const allow = (...names: string[]) => registrar.allowEgress('plain', names, admin);
    beforeEach(() => registrar.register('some/plain:1', admin));

    it('is nobody until the admin says so, in one way of writing and with a line', async () => {
      expect((await catalogue.get('plain')).egress).toEqual([]);
      const { egress } = await allow(' Tools.example.org:443', 'tools.example.org', 'more.example.org:8443');
      expect(egress).toEqual(['more.example.org:8443', 'tools.example.org']);
      const lines = await database.dataSource.manager.findBy(AuditEvent, { action: 'viewer.changed' });
      expect(lines.at(-1)).toMatchObject({
        agent: admin,
        details: { egress: 'more.example.org:8443, tools.example.org' },
      });
      expect((await allow()).egress).toEqual([]);
    });

    it.each([['*.example.org'], ['192.0.2.1'], ['localhost'], ['https://tools.example.org'], ['']])(
      'is never %p',
      async (name) => {
        expect(await refusal(allow('tools.example.org', name))).toBe('viewers.egress-invalid');
        expect((await catalogue.get('plain')).egress).toEqual([]);
      },
    );

    it('is eight at most', async () => {
      const names = Array.from({ length: 9 }, (_, n) => `n${n}.example.org`);
      expect(await refusal(allow(...names))).toBe('viewers.egress-invalid');
      expect((await allow(...names.slice(1))).egress).toHaveLength(8);
    });

    it('is forgotten with the image that it was said of, and kept with the same', async () => {
      await allow('tools.example.org');
      expect((await registrar.register('some/plain:1', admin)).egress).toEqual(['tools.example.org']);
      driver.engine.images.set('some/plain:1', image('b'));
      expect((await registrar.register('some/plain:1', admin)).egress).toEqual([]);
    });

    it('is nobody within strong walls', async () => {
      await allow('tools.example.org');
      expect((await registrar.isolate('plain', 'strong', admin)).egress).toEqual([]);
      expect(await refusal(allow('tools.example.org'))).toBe('viewers.egress-walls');
      expect((await allow()).egress).toEqual([]);
    });
  });

  it('writes each change down, and nothing where nothing changed', async () => {
    await registrar.registerShipped('some/plain:1');
    await registrar.registerShipped('some/plain:1');
    await registrar.disable('plain', admin);
    await registrar.enable('plain', admin);
    const lines = await database.dataSource.getRepository(AuditEvent).find();
    expect(lines.map(({ action, details }) => [action, details['state']])).toEqual([
      ['viewer.registered', 'offered'],
      ['viewer.changed', 'disabled'],
      ['viewer.changed', 'offered'],
    ]);
  });

  it('says that a viewer will come where one is being tested or none is known yet, and not where none fits', async () => {
    const choose = (format: string) => refusal(catalogue.choose([{ formats: [format] }]));
    expect(await choose('dicom')).toBe('viewers.not-ready');
    driver.engine.images.set('some/genome:1', image('b', { id: 'genome', formats: ['vcf'] }));
    await registrar.registerShipped('some/genome:1');
    expect(await choose('dicom')).toBe('viewers.cannot-open');
    await registrar.register('some/plain:1', admin);
    expect(await choose('dicom')).toBe('viewers.not-ready');
    expect(await choose('pdf')).toBe('viewers.cannot-open');
  });

  it('offers first what covers more of what is chosen, then what ranks higher', async () => {
    const add = async (letter: string, id: string, formats: string[], rank: number) => {
      driver.engine.images.set(`some/${id}:1`, image(letter, { id, formats, rank }));
      await registrar.registerShipped(`some/${id}:1`);
    };
    await add('b', 'pages', ['pdf', 'image'], 50);
    await add('c', 'genome', ['vcf', 'bam'], 10);
    await add('d', 'both', ['vcf', 'pdf'], 1);
    const ids = async (...items: string[][]) =>
      (await catalogue.offeredFor(items.map((formats) => ({ formats })))).map(({ id }) => id);
    expect(await ids(['vcf', 'bam'])).toEqual(['genome', 'both']);
    expect(await ids(['pdf'])).toEqual(['pages', 'both']);
    expect(await ids(['pdf'], ['vcf'])).toEqual(['both']);
    expect(await ids(['dicom'], ['pdf'])).toEqual([]);
    expect(await ids(['cda'])).toEqual([]);
    await add('e', 'texts', ['text'], 1);
    // A document that is made for programs is shown as a text.
    expect(await ids(['cda'])).toEqual(['texts']);
    expect(await ids(['fhir'], ['hl7v2'])).toEqual(['texts']);
    expect(await ids(['bcf'])).toEqual([]);
    expect(await refusal(catalogue.choose([{ formats: ['dicom'] }, { formats: ['pdf'] }]))).toBe(
      'viewers.cannot-open',
    );
    expect(await refusal(catalogue.choose([{ formats: ['pdf'] }], 'genome'))).toBe('viewers.cannot-open');
    await registrar.disable('pages', admin);
    expect(await refusal(catalogue.choose([{ formats: ['pdf'] }], 'pages'))).toBe('viewers.not-offered');
    expect(await refusal(catalogue.choose([{ formats: ['pdf'] }], 'nobody'))).toBe('viewers.unknown');
  });
});
