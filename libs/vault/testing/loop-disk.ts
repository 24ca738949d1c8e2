import { execFileSync, type ChildProcess } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DISK_BYTES = 1024 ** 3;
const quiet = { stdio: 'pipe' } as const;

/** A disk of its own in a file, whose state at any moment is what a power cut would leave. */
export class LoopDisk {
  /** Where it is mounted. */
  readonly folder: string;

  private constructor(private readonly home: string) {
    this.folder = join(home, 'disk');
  }

  /** Undefined, with the reason printed, where no loop device can be mounted. */
  static open(bytes = DISK_BYTES): LoopDisk | undefined {
    const disk = new LoopDisk(mkdtempSync(join(tmpdir(), 'vitrine-power-')));
    try {
      const file = openSync(disk.image, 'w');
      ftruncateSync(file, bytes);
      closeSync(file);
      // Every block is for everybody, as on a disk that is not the system's.
      execFileSync('mkfs.ext4', ['-q', '-m', '0', disk.image], quiet);
      mkdirSync(disk.folder);
      execFileSync('mount', ['-o', 'loop', disk.image, disk.folder], quiet);
      return disk;
    } catch (error) {
      process.stderr.write(
        `Power cuts and full disks are not tested: no loop device can be mounted (${String(error)}).\n`,
      );
      rmSync(disk.home, { recursive: true });
      return undefined;
    }
  }

  /**
   * Calls back with what a power cut at this moment would leave: the image, and the folder where it is mounted. The
   * writer is held so that the copy is of one moment; what is not on the disk yet stays off it. `promised` is asked
   * while it is held, and it goes on after the check, or there would be more to check each time.
   */
  async afterPowerCut<T>(
    writer: ChildProcess,
    promised: () => T,
    check: (left: { readonly image: string; readonly folder: string }, promised: T) => Promise<void>,
  ): Promise<void> {
    writer.kill('SIGSTOP');
    await new Promise((done) => setTimeout(done, 50));
    const there = promised();
    const image = join(this.home, 'snapshot.img');
    execFileSync('cp', ['--sparse=always', this.image, image]);
    const folder = join(this.home, 'after');
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-o', 'loop', image, folder]);
    try {
      await check({ image, folder }, there);
    } finally {
      execFileSync('umount', ['-l', folder]);
      rmSync(image);
      writer.kill('SIGCONT');
    }
  }

  close(): void {
    execFileSync('umount', ['-l', this.folder]);
    rmSync(this.home, { recursive: true, force: true });
  }

  private get image(): string {
    return join(this.home, 'disk.img');
  }
}
