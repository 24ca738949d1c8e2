import type { Settings } from '@vitrine/kernel';

/** Settings for reading the API's description, when nothing is opened or started. */
export const documentationSettings = (): Settings => ({
  dataDir: '/nonexistent',
  databaseUrl: undefined,
  runDir: '/nonexistent',
  installationId: '0'.repeat(32),
  publicUrl: 'http://localhost',
  port: 0,
  host: '127.0.0.1',
  engineSocket: undefined,
  strongRuntime: undefined,
  machinesDir: '/nonexistent',
  portalDir: '/nonexistent',
  smtpUrl: undefined,
  mailFrom: 'vitrine@localhost',
  demo: false,
  dicom: undefined,
  ftps: undefined,
  clamdSocket: undefined,
  vault: {
    bytesPerPatient: 1024 ** 3,
    key: { kind: 'file', path: '/nonexistent' },
    previousKey: undefined,
    objectStorage: undefined,
  },
  scrub: { everyMs: 1, bytesPerSecond: 1 },
  sessions: {
    perPerson: 1,
    maximumMs: 1,
    idleMs: 1,
    startsAtOnce: 1,
    memoryMiB: 1,
    filesMiB: 1,
    warm: 1,
    bridges: 1,
  },
});
