export { CANARY, filesWith } from './canary.js';
export { bytesOf } from './bytes-of.js';
export { keepFile } from './keep-file.js';
export { LoopDisk } from './loop-disk.js';
export { StoringChild } from './storing-child.js';
export { SwiftServer } from './swift-server.js';
export { databaseKeyIn, providerIn } from './vault-folder.js';
export { newProvider, testVault, VAULT_ENTITIES, type TestVault } from './test-vault.js';
export { sweepAll } from './sweep-all.js';
