import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, type SessionSettings, type Settings } from '@vitrine/kernel';
import { removePlaceIn } from '@vitrine/persistence/testing';

/** Settings of an installation in a folder of its own that `remove` takes away. */
export function testInstallation(sessions: Partial<SessionSettings> = {}): {
  readonly settings: Settings;
  remove(): Promise<void>;
} {
  const folder = mkdtempSync(join(tmpdir(), 'vs-'));
  const read = readSettings({
    VITRINE_DATA_DIR: join(folder, 'data'),
    VITRINE_KEY_FILE: join(folder, 'key'),
    VITRINE_RUN_DIR: join(folder, 'run'),
    VITRINE_SCRATCH_DIR: join(folder, 'scratch'),
  });
  return {
    settings: { ...read, sessions: { ...read.sessions, ...sessions } },
    remove: async () => {
      await removePlaceIn(read.dataDir);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
