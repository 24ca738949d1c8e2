import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What the kernel has counted for the processes that this one started, as long as they run. */
export interface Traces {
  /** Packets that were sent, or would have been had there been a way, and connections that were tried. */
  readonly requests: number;
  /** Programs that were started, and that are gone again or still there. */
  readonly programs: number;
  /** Whether they have a network of their own, in which `requests` are counted, or share ours. */
  readonly network: 'own' | 'shared';
  /** Whether the kernel lets them open any, also such that are in no network: those with a path. */
  readonly sockets: 'refused' | 'allowed';
}

export const withoutTrace = ({ requests, programs }: Traces): boolean => requests === 0 && programs === 0;

export function traces(): Traces {
  const children = childrenOf(process.pid);
  const own = children.every(
    (pid) => readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync('/proc/self/ns/net'),
  );
  return {
    requests: own ? sum(children.map(requestsOf)) : 0,
    programs: sum(children.map(programsOf)),
    network: own && children.length > 0 ? 'own' : 'shared',
    sockets:
      children.length > 0 && children.every((pid) => filtersOf(pid) > filtersOf(process.pid))
        ? 'refused'
        : 'allowed',
  };
}

/** The most that any child of this process had in memory. */
export function peakMiB(): number {
  const peaks = childrenOf(process.pid).map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  });
  return Math.round(Math.max(0, ...peaks));
}

/** Lists what lies where a name in a file could lead out of the folders that are meant: up, to the root, to the home. */
export function outsideOf(dataDir: string, testData: string): () => string[] {
  const folders = [
    dataDir,
    dirname(testData),
    testData,
    process.cwd(),
    dirname(process.cwd()),
    homedir(),
    '/',
    '/etc',
  ];
  return () =>
    [...new Set(folders)].flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );

/** Counters of the process's network namespace (RFC 4293, as /proc/net/snmp names them). */
const COUNTED = ['Ip.OutRequests', 'Ip.OutNoRoutes', 'Tcp.ActiveOpens', 'Udp.OutDatagrams', 'Icmp.OutMsgs'];

function requestsOf(pid: number): number {
  const lines = readFileSync(`/proc/${pid}/net/snmp`, 'utf8').trim().split('\n');
  const counters = new Map<string, number>();
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [group = '', ...names] = (lines[at] ?? '').split(' ');
    const [, ...values] = (lines[at + 1] ?? '').split(' ');
    names.forEach((name, index) => counters.set(group.replace(':', '.') + name, Number(values[index])));
  }
  const sixth = Object.fromEntries(
    readFileSync(`/proc/${pid}/net/snmp6`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/) as [string, string]),
  );
  const sent6 = Number(sixth['Ip6OutRequests'] ?? 0) + Number(sixth['Ip6OutNoRoutes'] ?? 0);
  return sum(COUNTED.map((name) => counters.get(name) ?? 0)) + sent6;
}

/** Filters of system calls (seccomp(2)); what ours refuses, `isolation.spec.ts` shows. */
const filtersOf = (pid: number): number =>
  Number(/^Seccomp_filters:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

/** Children that are there, and page faults of children that have been (proc(5): `cminflt`): there is none without. */
function programsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything, fields 3 and on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const faultsOfChildren = Number(fields[11 - 3]);
  return childrenOf(pid).length + (faultsOfChildren > 0 ? 1 : 0);
}
