import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { QEMU_IMAGE } from '@vitrine/hypervisor/testing';
import { delay } from '@vitrine/kernel';
import { grabFrame } from '@vitrine/viewers';

const GUEST_UID = 1000;
const WITHIN_MS = 90_000;
const MIB = 1024 * 1024;
/** A look costs four megabytes of pixels, which QEMU sends on the machine's own processor time. */
const LOOK_PAUSE_MS = 250;

export interface MachinePlaces {
  readonly machine: string;
  readonly record: string;
  /** For the display and the picture of the memory. */
  readonly out: string;
}

/** The board of a machine that starts by itself, as the product's driver makes it. */
const QEMU = [
  ...['qemu-system-x86_64', '-no-user-config', '-nodefaults', '-nic', 'none'],
  ...['-machine', 'pc,usb=off,vmport=off', '-cpu', 'max', '-accel', 'tcg,tb-size=64', '-m', '160M'],
  ...['-drive', 'if=none,id=disk,file=/machine/disk.qcow2,format=qcow2,snapshot=on'],
  ...['-device', 'ide-hd,drive=disk,bus=ide.0,bootindex=0', '-boot', 'strict=on'],
  ...['-drive', 'if=none,id=cd,media=cdrom', '-device', 'ide-cd,drive=cd,id=drive,bus=ide.1'],
  ...['-device', 'piix3-usb-uhci', '-device', 'usb-tablet', '-device', 'VGA,xres=1280,yres=800'],
  ...['-vnc', 'unix:/out/vnc.sock,share=force-shared', '-qmp', 'stdio'],
].join(' ');
const CD = 'genisoimage -quiet -iso-level 1 -J -r -o /tmp/record.iso /record';

/** QEMU with one disk in one container, spoken to directly: what the product does not do (going on from a picture of the memory) is tried with it. */
export class BareMachine {
  private readonly waiting = new Map<number, (answer: string) => void>();
  private asked = 0;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
    private readonly places: MachinePlaces,
  ) {
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
      const id = Number(/"id": (\d+)/.exec(line)?.[1]);
      this.waiting.get(id)?.(line);
      this.waiting.delete(id);
    });
  }

  static async start(places: MachinePlaces, { restored }: { restored: boolean }): Promise<BareMachine> {
    const name = `vitrine-bench-machine-${process.pid}-${Date.now()}`;
    const memory = restored ? '9</out/memory' : '';
    const incoming = restored ? '-incoming fd:9' : '';
    const script = `mkdir $TMPDIR; ${CD}; exec ${QEMU} ${incoming} ${memory}`;
    const volumes = ['machine:/machine:ro', 'record:/record:ro', 'out:/out'].map((mount) => {
      const [place = '', ...rest] = mount.split(':');
      return ['--volume', [places[place as keyof MachinePlaces], ...rest].join(':')];
    });
    rmSync(join(places.out, 'vnc.sock'), { force: true });
    const child = spawn('docker', [
      ...['run', '--rm', '--interactive', '--name', name, '--network', 'none', '--cpus', '1', '--memory', '384m'],
      ...['--env', 'TMPDIR=/tmp/overlay', ...volumes.flat(), '--entrypoint', 'sh', QEMU_IMAGE, '-c', script],
    ], { stdio: ['pipe', 'pipe', 'inherit'] }); // prettier-ignore
    const machine = new BareMachine(name, child, places);
    await machine.ask('qmp_capabilities');
    // The memory is that of a machine which stands still.
    if (restored) await machine.ask('cont');
    return machine;
  }

  async insertCd(): Promise<void> {
    const medium = { filename: '/tmp/record.iso', format: 'raw', 'read-only-mode': 'read-only' };
    await this.ask('blockdev-change-medium', { id: 'drive', ...medium, force: true });
  }

  /** Writes the memory to a file and ends the machine's doing; the size of the file in MiB. */
  async keepMemory(): Promise<number> {
    await this.ask('stop');
    await this.ask('migrate', { uri: 'exec:cat > /out/memory' });
    for (const end = Date.now() + WITHIN_MS; Date.now() < end;) {
      if ((await this.ask('query-migrate')).includes('"completed"'))
        return Math.round(statSync(join(this.places.out, 'memory')).size / MIB);
      await delay(100);
    }
    throw new Error('The memory was not written in time.');
  }

  /** Red, green, blue of a point that the system paints. */
  async untilColour(wanted: readonly number[]): Promise<void> {
    const display = { hostPath: join(this.places.out, 'vnc.sock'), ownerUid: GUEST_UID };
    for (const end = Date.now() + WITHIN_MS; Date.now() < end;) {
      const { width, pixels } = await grabFrame(display, AbortSignal.timeout(5_000)).catch(() => ({
        width: 0,
        pixels: Buffer.alloc(0),
      }));
      const at = (600 * width + 1000) * 4;
      if (width === 1280 && [...pixels.subarray(at, at + 3)].reverse().join() === wanted.join()) return;
      await delay(LOOK_PAUSE_MS);
    }
    throw new Error(`The screen was not ${wanted.join()} in time.`);
  }

  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    spawnSync('docker', ['kill', this.name], { stdio: 'ignore' });
    await gone;
  }

  private ask(execute: string, given: object = {}): Promise<string> {
    const id = ++this.asked;
    const answer = new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${execute} was not answered`)), WITHIN_MS);
      this.waiting.set(id, (line) => {
        clearTimeout(late);
        if (line.includes('"error"')) reject(new Error(line));
        else resolve(line);
      });
    });
    this.child.stdin?.write(`${JSON.stringify({ execute, arguments: given, id })}\n`);
    return answer;
  }
}
