import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

const START_MS = 60_000;
const LOAD_MS = 240_000;

/** A Docker of the test's own, with live-restore, that may be killed without harm to anybody else's guests. */
export class OwnEngine {
  private readonly folder = mkdtempSync('/var/tmp/vitrine-engine-');
  /** Short: a socket's path has 107 characters. */
  private readonly state = mkdtempSync('/run/vt-engine-');
  private daemon: ChildProcess | undefined;

  get socket(): string {
    return join(this.state, 'docker.sock');
  }

  /** Also after `kill`: guests that ran are found again. */
  async start(): Promise<void> {
    // Whoever is killed leaves these, and by then the number may be another process's.
    for (const file of ['docker.pid', 'exec/containerd/containerd.pid'])
      rmSync(join(this.state, file), { force: true });
    // Not what the operator of this machine wrote.
    writeFileSync(join(this.state, 'docker.json'), '{}');
    this.daemon = spawn(
      'dockerd',
      [
        `--config-file=${join(this.state, 'docker.json')}`,
        '--live-restore',
        '--bridge=none',
        '--iptables=false',
        '--ip6tables=false',
        `--data-root=${this.folder}`,
        `--exec-root=${join(this.state, 'exec')}`,
        `--pidfile=${join(this.state, 'docker.pid')}`,
        `--host=unix://${this.socket}`,
      ],
      { stdio: 'ignore' },
    );
    for (const deadline = Date.now() + START_MS; !(await this.answers());) {
      if (Date.now() > deadline) throw new Error('the engine of the test did not start');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Brings images over from the engine that the tests use otherwise; they keep their digests. */
  load(images: readonly string[]): void {
    const from = process.env['VITRINE_ENGINE_SOCKET'] ?? '/var/run/docker.sock';
    const pipe = 'docker --host "$0" save "${@:2}" | docker --host "$1" load';
    const { status, stderr } = spawnSync(
      'bash',
      ['-o', 'pipefail', '-c', pipe, `unix://${from}`, `unix://${this.socket}`, ...images],
      { encoding: 'utf8', timeout: LOAD_MS },
    );
    if (status !== 0) throw new Error(`the images were not brought over: ${stderr}`);
  }

  /** SIGKILL of the engine and of what manages its containers; the containers go on. */
  async kill(): Promise<void> {
    const containerd = join(this.state, 'exec/containerd/containerd.pid');
    if (existsSync(containerd)) process.kill(Number(readFileSync(containerd, 'utf8')), 'SIGKILL');
    await this.end('SIGKILL');
  }

  /** Ends it with its containers. */
  async close(): Promise<void> {
    spawnSync('bash', [
      '-c',
      'docker --host "$0" rm --force $(docker --host "$0" ps --all --quiet)',
      `unix://${this.socket}`,
    ]);
    await this.end('SIGTERM');
    rmSync(this.state, { recursive: true, force: true });
    // The engine mounts its folder onto itself, once more at each start.
    while (spawnSync('umount', ['--recursive', this.folder]).status === 0);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { daemon } = this;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const gone = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill(signal);
    await gone;
  }

  private answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const asked = request({ socketPath: this.socket, path: '/_ping', timeout: 2_000 }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      });
      asked.once('timeout', () => asked.destroy()).once('error', () => resolve(false));
      asked.end();
    });
  }
}
