import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const GUEST_ID = 1000;
const PROFILES = { none: 'viewer.json', loopback: 'viewer-loopback.json' } as const;

export const DATA = process.env.VITRINE_TEST_DATA ?? join(ROOT, '..', 'shared', 'data');
export const VERSION = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string })
  .version;
export const manifestFile = (name: string): string => join(ROOT, 'vm-images', name, 'viewer.yaml');

export interface GivenFile {
  readonly source: string;
  readonly format: string;
  readonly name: string;
}

/** Runs the engine's own command line; throws with what it said. */
export function docker(...args: readonly string[]): string {
  const done = spawnSync('docker', args, { encoding: 'utf8', timeout: 60_000 });
  if (done.status !== 0) throw new Error(`docker ${args[0] ?? ''}: ${done.stderr || String(done.error)}`);
  return done.stdout.trim();
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One guest of an image, confined as the product confines it, by nothing but the engine's command line. */
export class ImageGuest {
  private readonly folder = mkdtempSync(join(tmpdir(), 'vitrine-image-'));
  readonly name = `vitrine-image-test-${basename(this.folder)}`;
  readonly record = join(this.folder, 'record');
  readonly display = join(this.folder, 'display');

  constructor(image: string, network: keyof typeof PROFILES, memoryMiB = 2560, scratchMiB = 1024) {
    chmodSync(this.folder, 0o755);
    for (const path of [this.record, this.display]) mkdirSync(path);
    chownSync(this.display, GUEST_ID, GUEST_ID);
    const profile = join(ROOT, 'libs', 'hypervisor', 'seccomp', PROFILES[network]);
    docker(
      ...['create', '--name', this.name, '--network', 'none', '--read-only', '--cap-drop', 'ALL'],
      ...['--security-opt', 'no-new-privileges', '--security-opt', `seccomp=${profile}`],
      ...['--user', `${GUEST_ID}:${GUEST_ID}`, '--memory', `${memoryMiB}m`, '--memory-swap', `${memoryMiB}m`],
      ...['--pids-limit', '512', '--ulimit', 'core=0', '--log-driver', 'none'],
      ...['--tmpfs', `/tmp:rw,nosuid,nodev,noexec,size=${scratchMiB}m,mode=1777`],
      ...['--volume', `${this.record}:/record:ro`, '--volume', `${this.display}:/run/display`, image],
    );
  }

  start(): void {
    docker('start', this.name);
  }

  /** Puts files into the record; the list appears last and whole. */
  open(items: readonly (readonly GivenFile[])[]): void {
    const listed = items.map((files, index) => ({
      id: `item-${index + 1}`,
      kind: 'document',
      title: `Item ${index + 1}`,
      files: files.map(({ source, format, name }) => {
        const path = `item-${index + 1}/${name}`;
        mkdirSync(join(this.record, dirname(path)), { recursive: true });
        copyFileSync(source, join(this.record, path));
        return { path, format };
      }),
    }));
    writeFileSync(join(this.record, 'open.json.new'), JSON.stringify({ version: 1, items: listed }));
    renameSync(join(this.record, 'open.json.new'), join(this.record, 'open.json'));
  }

  status(): string {
    try {
      return readFileSync(join(this.display, 'status'), 'ascii');
    } catch {
      return '';
    }
  }

  /** Waits for one of these words, or for the deadline, and returns the word that stands there then. */
  async statusOf(words: readonly string[], deadlineMs: number): Promise<string> {
    const end = Date.now() + deadlineMs;
    while (Date.now() < end && !words.includes(this.status())) await sleep(50);
    return this.status();
  }

  /** The first bytes that the display says, or what went wrong. */
  async banner(deadlineMs: number): Promise<string> {
    const end = Date.now() + deadlineMs;
    let last = 'nothing';
    while (Date.now() < end) {
      last = await new Promise<string>((resolve) => {
        const socket = connect(join(this.display, 'vnc.sock'));
        socket.once('error', (error) => resolve(error.message));
        socket.once('data', (data) => {
          socket.destroy();
          resolve(data.toString('latin1'));
        });
      });
      if (last.startsWith('RFB')) break;
      await sleep(5);
    }
    return last;
  }

  /** A file of the guest's own, such as what the launcher prepared. */
  read(path: string): string {
    return docker('exec', this.name, 'cat', path);
  }

  /** Whether there are more than a few colours on the screen: an empty one has two, its own and the pointer's. */
  looksFilled(): boolean {
    const look = `import sys; sys.path.insert(0, '/opt/vitrine/lib')
from xdisplay import XDisplay
d = XDisplay(); r = d.geometry(); p = memoryview(d.picture(0, 0, r.width, r.height)).cast('I')[::11]
print(len({c & 0xffffff for c in p}) > 8)`;
    return docker('exec', this.name, 'python3', '-c', look) === 'True';
  }

  remove(): void {
    docker('rm', '--force', this.name);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
