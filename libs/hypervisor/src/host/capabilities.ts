/** By their bits: capabilities(7). */
const NAMES = `
  CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
  SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
  MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`
  .trim()
  .split(/\s+/);
const WIDTH = 64;

/** The names of capabilities of which there is a bit each; one that came after this list is told by its number. */
export const capabilityNames = (capabilities: bigint): string[] =>
  Array.from({ length: WIDTH }, (_, bit) => bit)
    .filter((bit) => ((capabilities >> BigInt(bit)) & 1n) === 1n)
    .map((bit) => `CAP_${NAMES[bit] ?? bit}`);
