import { posix } from 'node:path';
import { Problem } from '@vitrine/kernel';
import type { GuestMount, GuestSpec } from '../hypervisor-driver.js';
import type { Machine } from './machine-catalogue.js';

/** Where the guest around a machine has what it is given; the first two are what the machine sees of this host. */
export const SHARES = { read: '/shares/read', 'read-write': '/shares/write' } as const;
const MACHINE_FOLDER = '/machine';
/** As the image contract says: what listens here is the display. */
const DISPLAY_FOLDER = '/run/display';
const DISPLAY_SOCKET = 'vnc.sock';

/** What QEMU takes besides the machine's own memory: itself, code that it translates, the screen. */
const OWN_MIB = 160;
const TRANSLATED_MIB = 64;
const LEAST_MIB = 96;
/** Threads of QEMU: one for each processor, and those that read folders. Processes of the machine are its own affair. */
const OWN_PIDS = 128;

/** Who carries out a machine's instructions: the processor itself, or QEMU, which translates each of them. */
export type Accelerator = 'kvm' | 'tcg';

/** The guest of a container engine that runs a machine: what was asked for, within the walls that every guest has. */
export function machineGuest(
  spec: GuestSpec,
  machine: Machine,
  { imageDigest, kvm }: { readonly imageDigest: string; readonly kvm?: string | undefined },
): GuestSpec {
  const qemu = machineArguments(spec, machine, kvm === undefined ? 'tcg' : 'kvm');
  return {
    ...spec,
    isolation: 'standard',
    imageDigest,
    command: machine.append === undefined ? ['--record-as-cd', largestCd(spec), ...qemu] : qemu,
    // They have become words of the machine's kernel.
    environment: {},
    ...(kvm !== undefined && { kvm }),
    network: 'none',
    mounts: machineFolders(spec.mounts, machine.folder),
    limits: { ...spec.limits, pids: OWN_PIDS },
  };
}

/** MiB. The CD and what the machine writes to its disk lie in the same memory, and neither may take all of it. */
const largestCd = ({ limits }: GuestSpec): string => String(Math.floor(limits.scratchMiB / 2));

/** What the guest around a machine sees of this host. */
export const machineFolders = (mounts: readonly GuestMount[], folder: string): readonly GuestMount[] => [
  ...mounts.map(shared),
  { hostPath: folder, guestPath: MACHINE_FOLDER, access: 'read' },
];

/** A folder where the machine's host-side process has it; the machine itself finds it below the share of its kind. */
export const shared = (mount: GuestMount): GuestMount => ({
  ...mount,
  guestPath: posix.join(SHARES[mount.access], mount.guestPath),
});

function machineArguments(spec: GuestSpec, machine: Machine, accelerator: Accelerator): string[] {
  const { limits, mounts } = spec;
  const memoryMiB = limits.memoryMiB - limits.scratchMiB - OWN_MIB;
  if (memoryMiB < LEAST_MIB) throw new Problem('hypervisor.start-failed', { logContext: { memoryMiB } });
  const display = mounts.find(({ guestPath }) => guestPath === DISPLAY_FOLDER);
  return [
    ...plainMachine(accelerator),
    ['-smp', String(Math.max(1, Math.round(limits.cpus)))],
    // Of the guest's limit; what the machine does not get, QEMU and the overlay of the disk need.
    ['-m', `${memoryMiB}M`],
    ...(machine.append === undefined ? ownSystem() : linux(spec, machine.append, machine.files)),
    display ? screen(posix.join(shared(display).guestPath, DISPLAY_SOCKET)) : ['-display', 'none'],
  ].flat();
}

/** What every machine is, also the one that tries KVM: the walls within QEMU and the bare board. */
export const plainMachine = (accelerator: Accelerator): string[][] => [
  // Nothing that was not asked for here: no configuration file, no devices by default, no network card.
  ['-no-user-config', '-nodefaults'],
  ['-nic', 'none'],
  // A second list of system calls, QEMU's own, behind that of the guest: no programs, no rights, no old calls.
  ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
  // The plainest hardware; fewer devices are less to break out through. No USB of the board's own, no VMware port.
  ['-machine', 'pc,usb=off,vmport=off', '-cpu', 'max'],
  // What was translated is kept in a part of the memory that is bounded.
  ['-accel', accelerator === 'kvm' ? 'kvm' : `tcg,tb-size=${TRANSLATED_MIB}`],
  // Orders come by a pipe from the process that started it, above all the press of the power button.
  ['-chardev', 'stdio,id=orders,signal=off', '-mon', 'chardev=orders,mode=control'],
  ['-serial', 'none', '-parallel', 'none'],
];

/** How a system says with which code it ended. */
export const EXIT_DEVICE = ['-device', 'isa-debug-exit,iobase=0x501'];

/** What is written goes to a throw-away overlay in /tmp, in memory; when that is full the machine hears of it. */
const DISK = [
  '-drive',
  `if=none,id=disk,file=${MACHINE_FOLDER}/disk.qcow2,format=qcow2,snapshot=on,werror=report`,
];

/** One of ours: it is given its kernel, and finds disk, folders and pointer by virtio. */
function linux(
  { command = [], environment = {} }: GuestSpec,
  append: string,
  files: Machine['files'],
): string[][] {
  const words = [...Object.entries(environment).map(([name, value]) => `${name}=${value}`), '--', ...command];
  if (!words.every((word) => /^[A-Za-z0-9_./:=+-]*$/.test(word)))
    throw new Error('words for a machine become words of its kernel: letters, digits and _ . / : = + - only');
  return [
    ['-kernel', `${MACHINE_FOLDER}/kernel`, '-initrd', `${MACHINE_FOLDER}/initrd`],
    ['-append', [append, ...words].join(' ')],
    files.has('disk.qcow2') ? [...DISK, '-device', 'virtio-blk-pci,drive=disk'] : [],
    // The record can be changed neither here nor there: read-only here, and its mount is read-only for QEMU, too.
    folder('read', SHARES.read, ',readonly=on'),
    folder('write', SHARES['read-write'], ''),
    EXIT_DEVICE,
    ['-device', 'virtio-tablet-pci'],
  ];
}

/**
 * A stranger's, also an old one: only hardware that a PC of 2000 had. It is started by the board's firmware from its
 * disk and from nothing else, least of all from the CD, on which is what came from outside.
 */
const ownSystem = (): string[][] => [
  [...DISK, '-device', 'ide-hd,drive=disk,bus=ide.0,bootindex=0', '-boot', 'strict=on'],
  ['-drive', 'if=none,id=cd,media=cdrom', '-device', 'ide-cd,drive=cd,id=drive,bus=ide.1'],
  // The one thing at a USB port; an old mouse would not be where the person's is.
  ['-device', 'piix3-usb-uhci', '-device', 'usb-tablet'],
];

/** Inodes of several mounts are told apart; what comes in a folder later is seen. */
const folder = (tag: string, path: string, flags: string): string[] => [
  ...['-fsdev', `local,id=${tag},path=${path},security_model=none,multidevs=remap${flags}`],
  ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
];

/** Several people may look at once. */
const screen = (socket: string): string[] => [
  ...['-vnc', `unix:${socket},share=force-shared`],
  ...['-device', 'VGA,xres=1280,yres=800'],
];
