export { FakeCopier, plainBytesOf } from './fake-copier.js';
export { openSessions, type SessionHarness, type SessionHarnessOptions } from './session-harness.js';
export { aViewer, addImaging, type MadeItem } from './factories.js';
export { openOnEngine, type OnEngine } from './on-engine.js';
export { readySession } from './ready-session.js';
export { testInstallation } from './test-folder.js';
export { GuacamoleClient, type Closing, type DisplayAddress, type DisplayState } from './guacamole-client.js';
export { Screen } from './screen.js';
export { doomedDriver, doomedMounts, LAUNCH_STEPS, type AtStep } from './doomed.js';
