// Suites by suffix: *.spec.ts needs nothing but Node; *.int-spec.ts needs the container engine and the viewer
// images; *.e2e-spec.ts needs the whole running stack and a browser; *.faults-spec.ts breaks the whole stack.
// Of the second, those below these paths need programs and disks of their own, but neither engine nor images: two run at
// once. The others count on an engine, and a machine, that nobody else uses, or on an object store, of which two that
// start at once are late; they run one after the other.
const programs = [
  'apps/control-plane/src/(dav|operating|records)/',
  'apps/control-plane/src/dicomweb/dicomweb',
  'libs/(backup|vault)/src/(full-disk|power-loss)',
  'libs/exchange/src/(dicom-door|ftps-door|scanner)/',
  'libs/exchange/src/(every-door|killed-at|power-loss)',
];
const suites = {
  unit: '\\.spec\\.ts$',
  medium: '\\.int-spec\\.ts$',
  programs: `(${programs.join('|')}).*\\.int-spec\\.ts$`,
  engine: '\\.int-spec\\.ts$',
  e2e: '\\.e2e-spec\\.ts$',
  faults: '\\.faults-spec\\.ts$',
};
const suite = process.env.VITRINE_SUITE ?? 'unit';

// Some files of a suite by their paths: a second look at what failed.
const some = JSON.parse(process.env.VITRINE_TEST_FILES ?? 'null');
const literally = (path) => `/${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;

// Everything that runs on SQLite runs on PostgreSQL as well: VITRINE_TEST_DATABASE=postgres.
const onPostgres = process.env.VITRINE_TEST_DATABASE === 'postgres';

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'],
  testRegex: some?.map(literally) ?? suites[suite],
  testPathIgnorePatterns: ['/node_modules/', ...(suite === 'engine' ? programs : [])],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest'] },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@vitrine/([^/]+)/testing$': '<rootDir>/libs/$1/testing/index.ts',
    '^@vitrine/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
  testTimeout: {
    unit: 30_000,
    medium: 120_000,
    programs: 120_000,
    engine: 120_000,
    e2e: 240_000,
    faults: 240_000,
  }[suite],
  ...(onPostgres
    ? {
        globalSetup: '<rootDir>/tools/setup/jest-postgres.mjs',
        globalTeardown: '<rootDir>/tools/setup/jest-postgres-end.mjs',
      }
    : {}),
  maxWorkers: ['unit', 'programs'].includes(suite) ? 2 : 1,
  reporters: ['default', '<rootDir>/tools/plain-summary.reporter.js'],
};
