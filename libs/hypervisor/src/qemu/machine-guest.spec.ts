import { describe, expect, it } from '@jest/globals';
import type { GuestSpec } from '../hypervisor-driver.js';
import type { Machine } from './machine-catalogue.js';
import { machineGuest } from './machine-guest.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const QEMU = `sha256:${'b'.repeat(64)}`;
const MACHINE: Machine = {
  name: 'reader',
  folder: '/machines/x',
  append: 'quiet',
  files: new Map([
    ['kernel', ''],
    ['initrd', ''],
    ['disk.qcow2', ''],
  ]),
  image: { digest: DIGEST, bytes: 1, createdAt: new Date(0), labels: {} },
};
const OWN: Machine = { ...MACHINE, append: undefined, files: new Map([['disk.qcow2', '']]) };
const BOARD = [
  '-no-user-config -nodefaults -nic none',
  '-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
  '-machine pc,usb=off,vmport=off -cpu max -accel tcg,tb-size=64',
  '-chardev stdio,id=orders,signal=off -mon chardev=orders,mode=control',
  '-serial none -parallel none',
].join(' ');
const DISK = '-drive if=none,id=disk,file=/machine/disk.qcow2,format=qcow2,snapshot=on,werror=report';
const SCREEN =
  '-vnc unix:/shares/write/run/display/vnc.sock,share=force-shared -device VGA,xres=1280,yres=800';
const SPEC: GuestSpec = {
  ownerId: 'a',
  role: 'viewer',
  imageDigest: DIGEST,
  network: 'loopback',
  isolation: 'vm',
  mounts: [
    { hostPath: '/host/record', guestPath: '/record', access: 'read' },
    { hostPath: '/host/display', guestPath: '/run/display', access: 'read-write' },
  ],
  limits: { cpus: 2, memoryMiB: 768, pids: 96, scratchMiB: 64 },
  endpoint: { hostPath: '/host/display/vnc.sock', ownerUid: 1000 },
};
const guestOf = (more: Partial<GuestSpec> = {}, machine = MACHINE, kvm?: string): GuestSpec =>
  machineGuest({ ...SPEC, ...more }, machine, { imageDigest: QEMU, kvm });
const argumentsOf = (...given: Parameters<typeof guestOf>): string =>
  (guestOf(...given).command ?? []).join(' ');

describe('the guest around a machine', () => {
  it('runs QEMU without any network, with the machine and the folders read-only where they were asked for so', () => {
    const guest = guestOf();
    expect(guest).toMatchObject({
      ownerId: 'a',
      role: 'viewer',
      imageDigest: QEMU,
      network: 'none',
      isolation: 'standard',
      limits: { cpus: 2, memoryMiB: 768, scratchMiB: 64 },
      endpoint: SPEC.endpoint,
    });
    expect(guest.mounts).toEqual([
      { hostPath: '/host/record', guestPath: '/shares/read/record', access: 'read' },
      { hostPath: '/host/display', guestPath: '/shares/write/run/display', access: 'read-write' },
      { hostPath: '/machines/x', guestPath: '/machine', access: 'read' },
    ]);
  });

  it('tells QEMU this, to the letter; a change here is a change of the promise', () => {
    expect(argumentsOf({ command: ['exit', '3'], environment: { VITRINE_DISPLAY: '1280x800' } })).toBe(
      [
        `${BOARD} -smp 2 -m 544M`,
        '-kernel /machine/kernel -initrd /machine/initrd -append quiet VITRINE_DISPLAY=1280x800 -- exit 3',
        `${DISK} -device virtio-blk-pci,drive=disk`,
        '-fsdev local,id=read,path=/shares/read,security_model=none,multidevs=remap,readonly=on',
        '-device virtio-9p-pci,fsdev=read,mount_tag=read',
        '-fsdev local,id=write,path=/shares/write,security_model=none,multidevs=remap',
        '-device virtio-9p-pci,fsdev=write,mount_tag=write',
        '-device isa-debug-exit,iobase=0x501 -device virtio-tablet-pci',
        SCREEN,
      ].join(' '),
    );
  });

  it('tells it this for a system that starts by itself: from its disk only, the record as a CD, no folders', () => {
    expect(argumentsOf({}, OWN)).toBe(
      [
        `--record-as-cd 32 ${BOARD} -smp 2 -m 544M`,
        `${DISK} -device ide-hd,drive=disk,bus=ide.0,bootindex=0 -boot strict=on`,
        '-drive if=none,id=cd,media=cdrom -device ide-cd,drive=cd,id=drive,bus=ide.1',
        '-device piix3-usb-uhci -device usb-tablet',
        SCREEN,
      ].join(' '),
    );
  });

  it('has KVM, and the device for it, only where a node is given', () => {
    expect(guestOf()).not.toHaveProperty('kvm');
    expect(guestOf({}, MACHINE, '/run/kvm').kvm).toBe('/run/kvm');
    expect(argumentsOf({}, MACHINE, '/run/kvm')).toContain('-accel kvm ');
  });

  it('has no disk and no screen where there is none', () => {
    const files = new Map(MACHINE.files);
    files.delete('disk.qcow2');
    const said = argumentsOf({ mounts: [] }, { ...MACHINE, files });
    expect(said).not.toMatch(/-drive|-vnc|VGA/);
    expect(said).toContain('-display none');
  });

  it('is not made with too little memory for a system, nor with words that could be more than one', () => {
    expect(() => argumentsOf({ limits: { ...SPEC.limits, memoryMiB: 300 } })).toThrow(
      expect.objectContaining({ code: 'hypervisor.start-failed' }),
    );
    for (const word of ['a b', 'a"b', 'a,b', 'a\nb'])
      expect(() => argumentsOf({ command: [word] })).toThrow(/words for a machine/);
  });
});
