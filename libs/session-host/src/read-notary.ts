import { readFileSync, rmSync } from 'node:fs';
import { publicKeyOf, type NotaryState } from '@vitrine/sealing';
import { checkpointPath, hostKeysFrom } from './host-keys.js';
import { readCheckpoint } from './local/file-notary.js';

/** What the session host of this machine signed, from its files, which only its user can read. Makes nothing. */
export const readNotary = (hostSecretFile: string): NotaryState => ({
  publicKey: publicKeyOf(hostKeysFrom(readFileSync(hostSecretFile)).checkpoints),
  last: readCheckpoint(checkpointPath(hostSecretFile)),
});

/** The session host then signs whatever record of acts it is shown first. */
export const forgetSigned = (hostSecretFile: string): void =>
  rmSync(checkpointPath(hostSecretFile), { force: true });
