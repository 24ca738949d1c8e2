import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { databaseUrlOf, isId, isProblem, isWithin, keySourceOf, objectStorageOf } from '@vitrine/kernel';
import { openKeySource, StoreRefused, VaultLocked, type KeyProvider } from '@vitrine/vault';
import { backUp } from './back-up.js';
import { BackupFailed } from './backup-failed.js';
import { findBackup } from './backup-folder.js';
import { checkBackup, restoreBackup } from './restore.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Say = (line: string) => void;
/** A command of the operator: answers the exit code. 1: nothing was made, or not all of it. */
type Command = (args: readonly string[], env: Environment, say: Say) => Promise<number>;

const USAGE = {
  backup: 'npm run backup -- TARGET_DIR [--data DIR]',
  restore: 'npm run restore -- SOURCE_DIR [--data DIR] [--check]',
};

/** `npm run backup`. */
export const backupCommand: Command = (args, env, say) =>
  plainly(say, async () => {
    const { path: target, dataDir } = readArguments('backup', args, env);
    const installationId = await installationOf(dataDir);
    if (isWithin(target, dataDir))
      throw new BackupFailed(`${target} is in the data folder: a backup belongs on another disk.`);
    const source = setting(() => keySourceOf(env, dataDir, installationId));
    if (isWithin(source.path, target))
      throw new BackupFailed(`The key ${source.path} is in ${target}: keep it apart from the backup.`);
    const provider = await openKeySource(source, installationId, false);
    const { folder, facts, copied, deleted, lost } = await backUp({
      dataDir,
      databaseUrl: setting(() => databaseUrlOf(env)),
      installationId,
      objectStorage: setting(() => objectStorageOf(env, dataDir, installationId)),
      target,
      provider,
    });
    say(`The backup is whole: ${folder}`);
    say(
      `It has the database and ${facts.files - facts.missing} stored files (${mib(facts.bytes)} MiB); ${copied} of them are new in ${target}.`,
    );
    if (deleted > 0) say(`${deleted} files were deleted while it was made, and are not in it.`);
    for (const name of lost) say(`Not in it, because it is missing, cut or not sealed: vault/${name}`);
    say(
      `The key is not in it (${source.path}): keep a copy of that apart from the backup, since without it nothing can be restored.`,
    );
    return lost.length === 0 ? 0 : 1;
  });

/** `npm run restore`. */
export const restoreCommand: Command = (args, env, say) =>
  plainly(say, async () => {
    const { path, dataDir, check } = readArguments('restore', args, env);
    const backup = await findBackup(path);
    const { installationId, takenAt, missing } = backup.manifest;
    const provider: KeyProvider = await openKeySource(
      setting(() => keySourceOf(env, dataDir, installationId)),
      installationId,
      false,
    );
    const objectStorage = setting(() => objectStorageOf(env, dataDir, installationId));
    const { intact, damaged } = check
      ? await checkBackup(backup, provider)
      : await restoreBackup(
          backup,
          provider,
          { dataDir, databaseUrl: setting(() => databaseUrlOf(env)) },
          objectStorage,
        );
    for (const one of damaged) say(`Damaged: ${one}`);
    if (missing > 0) say(`${missing} files were not there any more when the backup was made.`);
    const what = `${backup.folder} of ${takenAt}`;
    if (check)
      say(
        damaged.length === 0
          ? `The backup is whole: ${what}, ${intact} stored files.`
          : `The backup is damaged: ${what}.`,
      );
    else {
      say(`${what} was restored to ${dataDir}: the database and ${intact} stored files.`);
      say(
        'Everybody has to sign in again. Links, keys and passwords are as they were then: end anew what was ended since.',
      );
    }
    return damaged.length === 0 ? 0 : 1;
  });

function readArguments(command: keyof typeof USAGE, args: readonly string[], env: Environment) {
  const usage = `Use it like this: ${USAGE[command]}`;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { data: { type: 'string' }, ...(command === 'restore' ? { check: { type: 'boolean' } } : {}) },
    });
    const [path] = positionals;
    if (path === undefined || positionals.length > 1) throw new BackupFailed(usage);
    const { data, check } = values as { data?: string; check?: boolean };
    return {
      path: resolve(path),
      dataDir: resolve(data ?? env['VITRINE_DATA_DIR'] ?? 'storage'),
      check: check === true,
    };
  } catch (error) {
    throw new BackupFailed(usage, { cause: error });
  }
}

async function installationOf(dataDir: string): Promise<string> {
  const text = await readFile(join(dataDir, 'installation'), 'utf8').catch(() => '');
  if (!isId(text.trim()))
    throw new BackupFailed(`There is no Vitrine in ${dataDir}: name its data folder with --data.`);
  return text.trim();
}

/** What `read` makes of the environment; a value that cannot be used ends the command with its sentence. */
function setting<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new BackupFailed((error as Error).message, { cause: error });
  }
}

async function plainly(say: Say, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!isForeseen(error)) throw error;
    say(error.message);
    return 1;
  }
}

const isForeseen = (error: unknown): error is Error =>
  error instanceof BackupFailed ||
  error instanceof VaultLocked ||
  error instanceof StoreRefused ||
  isProblem(error, 'vault.unreachable');

const mib = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1);
