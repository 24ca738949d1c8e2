import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Problem, SPECIAL_IPV4 } from '@vitrine/kernel';

/** The second is where systemd-resolved keeps the servers that it asks itself; the engine asks these. */
const NAME_SERVERS = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];

interface Rules {
  readonly four: readonly string[];
  readonly six: readonly string[];
}

/**
 * What may leave a guest, in the words in which iptables(8) gives rules back: what it tells itself, questions to the name
 * servers of this machine, and everything to public addresses that are not this machine's own. Pure.
 */
export function outsideOnly(nameServers: readonly string[], own: readonly string[]): Rules {
  const refuse = '-j REJECT --reject-with icmp-port-unreachable';
  const inside = [
    ...SPECIAL_IPV4.map(([address, bits]) => `${address}/${bits}`),
    ...own.filter(isIPv4).map((address) => `${address}/32`),
  ];
  return {
    four: [
      '-A OUTPUT -o lo -j ACCEPT',
      ...nameServers
        .filter(isIPv4)
        .flatMap((address) =>
          ['udp', 'tcp'].map(
            (protocol) => `-A OUTPUT -d ${address}/32 -p ${protocol} -m ${protocol} --dport 53 -j ACCEPT`,
          ),
        ),
      ...inside.map((range) => `-A OUTPUT -d ${range} ${refuse}`),
    ],
    // The engine gives a bridge none of these addresses unless it is told to.
    six: ['-A OUTPUT -o lo -j ACCEPT', '-A OUTPUT -j DROP'],
  };
}

/**
 * Puts these rules into the network namespace of a process. They are the guest's own and end with it; without the
 * capability for it, which no guest has, nothing in it changes them. May be called again.
 */
export async function keepOutside(pid: number, signal: AbortSignal): Promise<void> {
  const { four, six } = rulesNow();
  await restore(pid, 'iptables-restore', four, signal);
  if (hasIpv6(pid)) await restore(pid, 'ip6tables-restore', six, signal);
}

/** Whether a rule is missing that every such guest has, whatever addresses this machine has meanwhile. */
export async function reachesInside(pid: number, signal: AbortSignal): Promise<boolean> {
  const { four, six } = outsideOnly([], []);
  const stand = async (program: string, rules: readonly string[]) => {
    const seen = (await within(pid, [program, '-S', 'OUTPUT'], '', signal)).split('\n');
    return rules.every((rule) => seen.includes(rule));
  };
  return !((await stand('iptables', four)) && (!hasIpv6(pid) || (await stand('ip6tables', six))));
}

function rulesNow(): Rules {
  const servers = NAME_SERVERS.filter((file) => existsSync(file)).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^nameserver\s+(\S+)/gm)].map(([, address = '']) => address),
  );
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return outsideOnly(
    [...new Set(servers)].filter((address) => !address.startsWith('127.')),
    own.filter(({ internal }) => !internal).map(({ address }) => address),
  );
}

const hasIpv6 = (pid: number): boolean => existsSync(`/proc/${pid}/net/if_inet6`);

const restore = (pid: number, program: string, rules: readonly string[], signal: AbortSignal) =>
  within(pid, [program, '--noflush'], ['*filter', '-F OUTPUT', ...rules, 'COMMIT', ''].join('\n'), signal);

/** A program of this machine, in a namespace of that process. Throws `hypervisor.start-failed` with what it said. */
function within(
  pid: number,
  command: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'nsenter',
      [`--net=/proc/${pid}/ns/net`, ...command],
      { signal },
      (error, stdout, stderr) => {
        const reason = `${command[0] ?? ''}: ${stderr.slice(0, 300)}`;
        if (error) reject(new Problem('hypervisor.start-failed', { logContext: { reason }, cause: error }));
        else resolve(stdout);
      },
    );
    child.stdin?.on('error', () => undefined).end(input);
  });
}
