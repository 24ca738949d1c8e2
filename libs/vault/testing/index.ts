export { CANARY, filesWith } from './canary.js';
export { newProvider, testVault, VAULT_ENTITIES, type TestVault } from './test-vault.js';
