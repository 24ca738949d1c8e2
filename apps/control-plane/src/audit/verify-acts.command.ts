import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AuditCheckpoint, AuditEvent, verifyActs, type ActsReport } from '@vitrine/audit';
import { readSettings, type Settings } from '@vitrine/kernel';
import { databaseOptions, newDataSource } from '@vitrine/persistence';
import type { NotaryState } from '@vitrine/sealing';
import { forgetSigned, readNotary } from '@vitrine/session-host';
import { openKeySource, readDatabaseKey, unwrapDatabaseKey, VaultLocked } from '@vitrine/vault';

type Environment = Readonly<Record<string, string | undefined>>;
type Say = (line: string) => void;

const USAGE = 'Use it like this: npm run verify-acts [-- --data DIR] [--accept]';
const MOST_FINDINGS = 20;

/**
 * `npm run verify-acts`: the whole record of acts against everything that was signed of it, also while Vitrine runs.
 * Answers the exit code: 1 for a record that is not as it was signed, or that could not be looked at. With `--accept`
 * the record is taken as it is from now on.
 */
export async function verifyActsCommand(
  args: readonly string[],
  env: Environment,
  say: Say,
): Promise<number> {
  try {
    const { dataDir, accept } = readArguments(args, env);
    if (!existsSync(join(dataDir, 'installation')))
      throw new CannotVerify(`There is no Vitrine in ${dataDir}: name its data folder with --data.`);
    const settings = settingsOf({ ...env, VITRINE_DATA_DIR: dataDir });
    const report = await reportOn(settings, notaryOf(settings));
    tell(report, say);
    if (!accept) return report.findings.length === 0 ? 0 : 1;
    forgetSigned(settings.hostSecretFile);
    say('Vitrine takes the record of acts as it is, and signs what follows.');
    return 0;
  } catch (error) {
    if (!(error instanceof CannotVerify || error instanceof VaultLocked)) throw error;
    say(error.message);
    return 1;
  }
}

class CannotVerify extends Error {}

function readArguments(args: readonly string[], env: Environment) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { data: { type: 'string' }, accept: { type: 'boolean' } },
    });
    const dataDir = resolve(values.data ?? env['VITRINE_DATA_DIR'] ?? 'storage');
    return { dataDir, accept: values.accept === true };
  } catch (error) {
    throw new CannotVerify(USAGE, { cause: error });
  }
}

function settingsOf(env: Environment): Settings {
  try {
    return readSettings(env);
  } catch (error) {
    throw new CannotVerify((error as Error).message, { cause: error });
  }
}

function notaryOf({ hostSecretFile }: Settings): NotaryState {
  try {
    return readNotary(hostSecretFile);
  } catch (error) {
    throw new CannotVerify(
      `${hostSecretFile} cannot be read: run this as root, on the machine on which Vitrine runs.`,
      { cause: error },
    );
  }
}

async function reportOn(settings: Settings, notary: NotaryState): Promise<ActsReport> {
  const { dataDir, databaseUrl, installationId, vault } = settings;
  const key =
    databaseUrl === undefined
      ? await unwrapDatabaseKey(
          await storedKey(dataDir),
          await openKeySource(vault.key, installationId, false),
          installationId,
        )
      : undefined;
  const options = databaseOptions({ dataDir, databaseUrl, key }, [AuditEvent, AuditCheckpoint]);
  const database = await newDataSource(options).initialize();
  try {
    return await verifyActs(database.manager, notary);
  } finally {
    await database.destroy();
  }
}

async function storedKey(dataDir: string) {
  const stored = await readDatabaseKey(dataDir);
  if (stored === undefined) throw new CannotVerify(`There is no database in ${dataDir}.`);
  return stored;
}

function tell({ newest, signed, checkpoints, foreign, findings }: ActsReport, say: Say): void {
  for (const finding of findings.slice(0, MOST_FINDINGS)) say(finding);
  if (findings.length > MOST_FINDINGS) say(`And ${findings.length - MOST_FINDINGS} more like these.`);
  if (foreign > 0)
    say(`The first ${foreign} checkpoints were signed by another machine, whose key is not here.`);
  const scope = `${newest} lines, of which ${checkpoints} checkpoints cover the first ${signed}`;
  say(
    findings.length === 0
      ? `The record of acts is as it was signed: ${scope}.`
      : `The record of acts is not as it was signed: ${scope}.`,
  );
}
