export { RecordingConnections, SomeItems } from './doubles.js';
export { DELEGATION_ENTITIES, testDelegation, type TestDelegation } from './test-delegation.js';
