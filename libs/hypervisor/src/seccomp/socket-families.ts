/** By their numbers, which are the same on every machine: socket(2), linux/socket.h. */
const NAMES = `
  UNSPEC UNIX INET AX25 IPX APPLETALK NETROM BRIDGE ATMPVC X25 INET6 ROSE DECNET NETBEUI SECURITY KEY NETLINK PACKET ASH
  ECONET ATMSVC RDS SNA IRDA PPPOX WANPIPE LLC IB MPLS CAN TIPC BLUETOOTH IUCV RXRPC ISDN PHONET IEEE802154 CAIF ALG NFC
  VSOCK KCM QIPCRTR SMC XDP MCTP`
  .trim()
  .split(/\s+/);
const FAMILIES = NAMES.map((_, family) => family);
/** What is told where nothing limits them, or nothing is known of a limit. */
export const ANY_FAMILY = 'any';

const MAKE_SOCKETS = ['socket', 'socketpair'];
/** Make sockets, too, and keep what kind of them where no filter can look. */
const BEHIND_ITS_BACK = ['socketcall', 'io_uring_setup'];
const REFUSALS = [
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_TRAP',
];
const LOW = 0xffff_ffffn;

interface Condition {
  readonly index?: unknown;
  readonly value?: unknown;
  readonly valueTwo?: unknown;
  readonly op?: unknown;
}

interface Rule {
  readonly name?: unknown;
  readonly names?: unknown;
  readonly action?: unknown;
  readonly args?: unknown;
}

export const familyName = (family: number): string => `AF_${NAMES[family]}`;

/**
 * Pure: which families of sockets a profile lets through, whoever wrote it. What cannot be told for sure counts as let
 * through: an unknown action or comparison, and a rule of which only some would profit.
 */
export function socketFamiliesOf(profile: string): string[] {
  const { defaultAction, syscalls } = parsed(profile);
  const rules = (Array.isArray(syscalls) ? syscalls : []).filter(
    (rule: Rule) => !refuses(rule.action),
  ) as Rule[];
  const ruling = (names: readonly string[]) =>
    rules.filter((rule) => namesOf(rule).some((name) => names.includes(name as string)));
  if (!refuses(defaultAction) || ruling(BEHIND_ITS_BACK).length > 0) return [ANY_FAMILY];
  const makers = ruling(MAKE_SOCKETS);
  const open = FAMILIES.filter((family) => makers.some((rule) => letsThrough(rule, family)));
  return open.length === FAMILIES.length ? [ANY_FAMILY] : open.map(familyName);
}

function parsed(profile: string): { readonly defaultAction?: unknown; readonly syscalls?: unknown } {
  try {
    return (JSON.parse(profile) as object | null) ?? {};
  } catch {
    // `unconfined`, `builtin`, or a word that we do not know: nothing of it limits anything for sure.
    return {};
  }
}

const refuses = (action: unknown): boolean => REFUSALS.includes(action as string);
const namesOf = ({ name, names }: Rule): unknown[] => [
  name,
  ...(Array.isArray(names) ? (names as unknown[]) : []),
];

/** Engines make one rule of each of several conditions on the same argument, so one that holds is enough. */
function letsThrough({ args }: Rule, family: number): boolean {
  const conditions = (Array.isArray(args) ? (args as Condition[]) : []).filter(({ index }) => index === 0);
  return conditions.length === 0 || conditions.some((condition) => holds(condition, BigInt(family)));
}

/** The kernel looks at 32 bits of a family, a filter compares 64: whoever calls may set the upper ones as it likes. */
function holds({ op, value, valueTwo }: Condition, family: bigint): boolean {
  const [first, second] = [bits(value), bits(valueTwo)];
  switch (op) {
    case 'SCMP_CMP_EQ':
      return (first & LOW) === family;
    case 'SCMP_CMP_LT':
      return family < first;
    case 'SCMP_CMP_LE':
      return family <= first;
    case 'SCMP_CMP_MASKED_EQ':
      return (family & first & LOW) === (second & LOW);
    default:
      return true;
  }
}

const bits = (value: unknown): bigint => (Number.isInteger(value) ? BigInt(value as number) : 0n);
