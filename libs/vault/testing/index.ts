export { describeBlobStore } from './describe-blob-store.js';
export { newProvider, testVault, VAULT_ENTITIES, type TestVault } from './test-vault.js';
