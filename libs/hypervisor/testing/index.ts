export { FakeEngine, type FakeBehaviour, type FakeGuest } from './fake-engine.js';
export { FakeDriver } from './fake.driver.js';
export { BrokenDriver, ForgetfulDriver, SlowDriver, StuckDriver } from './difficult-drivers.js';
export { FakeMounts } from './fake-mounts.js';
export { buildTestMachine, QEMU_IMAGE, buildDocumentsMachine, registerTestDisk } from './test-machine.js';
export { buildTestImage, tagTestViewer } from './test-image.js';
export { engineIsolations, STRONG_RUNTIME } from './engine-isolations.js';
export { EngineFixture, type ViewerFixture } from './engine-fixture.js';
export { FakeWorkshop } from './fake-workshop.js';
