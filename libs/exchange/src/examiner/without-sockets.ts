/** How a kernel counts its system calls, and what it calls itself in a filter (linux/audit.h). */
interface Kernel {
  readonly audit: number;
  readonly prctl: number;
  readonly refused: readonly number[];
}

/**
 * Refused is what leads to other processes: socket, connect, bind, io_uring_setup (it opens sockets of its own), and into the memory
 * of those of the same user: ptrace, process_vm_readv, process_vm_writev, pidfd_getfd.
 */
const KERNELS: Partial<Record<NodeJS.Architecture, Kernel>> = {
  x64: { audit: 0xc000003e, prctl: 157, refused: [41, 42, 49, 425, 101, 310, 311, 438] },
  arm64: { audit: 0xc00000b7, prctl: 167, refused: [198, 203, 200, 425, 117, 270, 271, 438] },
};

/** Calls of another ABI of the same processor have numbers from here on (x32). */
const OTHER_ABI = 0x40000000;

// Classic BPF as seccomp(2) reads it: code, where to go if true and if not, operand.
const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const RETURN = 0x06;
const NUMBER_AT = 0;
const ARCHITECTURE_AT = 4;
const ALLOW = 0x7fff0000;
const NOT_PERMITTED = 0x00050001;

type Instruction = readonly [code: number, ifTrue: number, ifNot: number, operand: number];

function filterOf({ audit, refused }: Kernel): Buffer {
  const toRefusal = refused.length + 1;
  const program: readonly Instruction[] = [
    [LOAD, 0, 0, ARCHITECTURE_AT],
    [IF_EQUAL, 0, toRefusal + 2, audit],
    [LOAD, 0, 0, NUMBER_AT],
    [IF_AT_LEAST, toRefusal, 0, OTHER_ABI],
    ...refused.map((number, index): Instruction => [IF_EQUAL, toRefusal - 1 - index, 0, number]),
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, NOT_PERMITTED],
  ];
  const bytes = Buffer.alloc(8 * program.length);
  program.forEach(([code, ifTrue, ifNot, operand], index) => {
    bytes.writeUInt16LE(code, 8 * index);
    bytes.writeUInt8(ifTrue, 8 * index + 2);
    bytes.writeUInt8(ifNot, 8 * index + 3);
    bytes.writeUInt32LE(operand, 8 * index + 4);
  });
  return bytes;
}

// prctl: PR_SET_NO_NEW_PRIVS, without which only root may set a filter, and PR_SET_SECCOMP. Neither can be taken back.
const SET_FILTER = `
  my ($prctl, $hex) = splice(@ARGV, 0, 2);
  my $filter = pack('H*', $hex);
  syscall($prctl, 38, 1, 0, 0, 0) == 0 or exit 1;
  syscall($prctl, 22, 2, pack('S x6 P', length($filter) / 8, $filter)) == 0 or exit 1;
  exec { $ARGV[0] } @ARGV;
  exit 1;`;

/** What starts a program that may open no socket; Perl can ask the kernel for that, and Node cannot. */
export function withoutSockets(): readonly (readonly string[])[] {
  const kernel = KERNELS[process.arch];
  if (kernel === undefined) return [];
  return [['/usr/bin/perl', '-e', SET_FILTER, String(kernel.prctl), filterOf(kernel).toString('hex')]];
}
