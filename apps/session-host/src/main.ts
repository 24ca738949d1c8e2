import { join, resolve } from 'node:path';
import { DockerDriver, DockerWorkshop, QemuDriver, SystemMounts } from '@vitrine/hypervisor';
import { createLogger, freeSocket, productVersion, readSettings, systemClock } from '@vitrine/kernel';
import { SealingPool } from '@vitrine/sealing';
import {
  checkpointPath,
  FileNotary,
  handControlKey,
  hostKeysFrom,
  HostServer,
  hostSocketPath,
  openHostSecret,
  openSessionHost,
  SealedRecordCopier,
} from '@vitrine/session-host';
import { onParentEnd, tellReady } from './parent.js';
import { entrustData, entrustFile, entrustKeys, prepareRunDir, prepareScratch } from './prepare.js';

/** As long as the control plane may take to end every session. */
const LEAVE_MS = 60_000;
const ENGINE_MS = 10_000;

// What this process makes is for root alone unless it says otherwise.
process.umask(0o022);
const logger = createLogger('session-host');
process.on('unhandledRejection', (reason) => {
  // A bug: what state we are in is not known. Guests go on, and whoever starts us again finds them by their labels.
  logger.fatal({ err: reason }, 'unhandled rejection');
  process.exit(1);
});

try {
  const settings = readSettings();
  const { runDir, dataDir, webUser: web, vault } = settings;
  prepareRunDir(runDir, web);
  prepareScratch(settings.scratchDir);
  if (web) {
    entrustData(dataDir, web);
    entrustKeys([vault.key, vault.previousKey], web);
    const { VITRINE_DATABASE_URL_FILE: urlFile } = process.env;
    if (urlFile) entrustFile(resolve(urlFile), web);
    if (vault.objectStorage) entrustFile(vault.objectStorage.credentialsFile, web);
  }
  // What another one is at work on would be swept away.
  await freeSocket(hostSocketPath(runDir), 'session host');
  const keys = hostKeysFrom(openHostSecret(settings.hostSecretFile));
  const mounts = new SystemMounts({
    onSwappable: () =>
      logger.warn(
        'this kernel cannot keep what sessions have in memory out of swap: see docs/operating/processes.md',
      ),
  });
  const engine = new DockerDriver({ ...settings, mounts });
  const driver = new QemuDriver(engine, {
    machines: settings.machinesDir,
    qemuImage: `vitrine/qemu:${productVersion()}`,
    runDir,
    logger,
  });
  const workshop = new DockerWorkshop({ ...settings, mounts });
  const copier = new SealedRecordCopier(join(dataDir, 'vault'), join(dataDir, 'staging'), new SealingPool());
  const { host, sweep } = openSessionHost({
    settings,
    driver,
    workshop,
    mounts,
    copier,
    keys,
    logger,
    web,
  });
  await sweep();
  // Nobody waits for it here: it may take half a minute, and whoever starts a machine meanwhile waits himself.
  void driver.tryKvm({ signal: AbortSignal.timeout(ENGINE_MS) }).catch((err: unknown) => {
    logger.warn({ err }, 'it was not found out whether KVM works');
  });
  handControlKey(runDir, keys, web);
  const notary = new FileNotary(
    checkpointPath(settings.hostSecretFile),
    keys.checkpoints,
    systemClock(logger),
  );
  const server = new HostServer({
    path: hostSocketPath(runDir),
    key: keys.control,
    host,
    notary,
    logger,
    web,
  });
  await server.listen();
  tellReady();
  logger.info({ web }, 'the session host listens');

  const stop = () => {
    // Guests go on: they are the control plane's to end, or the next host's to find.
    void Promise.allSettled([server.close(), driver.giveUpTrial()]).then(() => {
      driver.close();
      workshop.dispose();
      process.exit(0);
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // The control plane has lost its parent, too, and needs us to end what runs.
  onParentEnd(stop, () => void server.whenLeft(LEAVE_MS).then(stop));
} catch (err) {
  logger.fatal({ err }, 'cannot start');
  process.exit(1);
}
