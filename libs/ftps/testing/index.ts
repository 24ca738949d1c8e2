export { TEST_CERTIFICATE, TEST_KEY } from './certificate.js';
export { MemoryService, PASSWORD, USER } from './memory-service.js';
export { RawClient } from './raw-client.js';
