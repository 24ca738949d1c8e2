export { ReadingService } from './reading-service.js';
export { MemoryService, type KeptObject } from './memory-service.js';
export { associationRequest, CT, EXPLICIT_LITTLE, RawPeer, storeCommand, type Proposal } from './raw-peer.js';
