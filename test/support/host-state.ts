import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import type { Stack } from './stack.js';

const IDLE_DEADLINE_MS = 300_000;

/** As long as a test has not started one of its own, the one that all tests use. */
const engine = (): Docker => {
  const socketPath = process.env['VITRINE_ENGINE_SOCKET'];
  return new Docker(socketPath === undefined ? {} : { socketPath });
};

/** What an installation has on its host at this moment, as lists that read well in a failed assertion. */
export interface HostState {
  readonly guests: string[];
  readonly mounts: string[];
  readonly folders: string[];
  /** What is too large for memory and lies sealed on the disk. */
  readonly scratch: string[];
  /** Processes that have the key of it, by their number. */
  readonly keyHolders: string[];
  /** That somebody listens on for a session. */
  readonly sockets: string[];
}

export const NOTHING: HostState = {
  guests: [],
  mounts: [],
  folders: [],
  scratch: [],
  keyHolders: [],
  sockets: [],
};

export async function hostState(stack: Stack): Promise<HostState> {
  const guests = await guestsOf(stack);
  const sessions = join(stack.runDir, 'sessions');
  return {
    // A viewer that is tested, which may be at any time, belongs to no session.
    guests: guests
      .filter(({ Labels }) => !isTested(stack, Labels['org.vitrine.owner']))
      .map(nameOf)
      .sort(),
    // The folder of all sessions may be a mount of its own; what lies below it belongs to a session.
    mounts: mountsBelow(sessions).sort(),
    folders: namesIn(sessions),
    scratch: namesIn(stack.scratchDir),
    keyHolders: namesIn('/proc').filter((id) => holdsKey(id, sessions)),
    sockets: socketsBelow(sessions).sort(),
  };
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** Whether this entry of /proc is a process that shows sealed files of a session. */
function holdsKey(id: string, sessions: string): boolean {
  try {
    const command = readFileSync(`/proc/${id}/cmdline`, 'latin1');
    return command.includes('gocryptfs') && command.includes(`${sessions}/`);
  } catch {
    // No process, or one that has just ended.
    return false;
  }
}

const socketsBelow = (folder: string): string[] =>
  readFileSync('/proc/net/unix', 'latin1')
    .split('\n')
    .map((line) => line.slice(line.indexOf('/')))
    .filter((path) => path.startsWith(`${folder}/`));

const guestsOf = (stack: Stack): Promise<Docker.ContainerInfo[]> =>
  engine().listContainers({
    all: true,
    filters: { label: [`org.vitrine.installation=${stack.installationId}`] },
  });

const nameOf = ({ Names, State }: Docker.ContainerInfo): string => `${Names.join()} ${State}`;

const isTested = (stack: Stack, owner = ''): boolean =>
  owner !== '' && existsSync(join(stack.runDir, 'admission', owner));

/** In the order in which they were mounted. */
const mountsBelow = (folder: string): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));

export interface RunningViewer {
  /** Of the session that it belongs to, or will belong to. */
  readonly sessionId: string;
  readonly ageMs: number;
}

/** The viewer guests that run of this image for sessions or ahead of them, oldest first; not those that are tested. */
export async function viewersRunning(stack: Stack, image: string): Promise<RunningViewer[]> {
  const { Id } = await engine().getImage(image).inspect();
  const guests = await engine().listContainers({
    filters: { label: [`org.vitrine.installation=${stack.installationId}`, 'org.vitrine.role=viewer'] },
  });
  return guests
    .filter(({ ImageID }) => ImageID === Id)
    .map(({ Created, Labels }) => ({
      sessionId: Labels['org.vitrine.owner'] ?? '',
      ageMs: Date.now() - Created * 1000,
    }))
    .filter(({ sessionId }) => existsSync(join(stack.runDir, 'sessions', sessionId)))
    .sort((a, b) => b.ageMs - a.ageMs);
}

/** Engine calls for tests that act on a guest behind the product's back. */
export const guestOf = async (
  stack: Stack,
  sessionId: string,
  role: 'viewer' | 'guacd',
): Promise<Docker.Container> => {
  const [found] = await engine().listContainers({
    all: true,
    filters: {
      label: [
        `org.vitrine.installation=${stack.installationId}`,
        `org.vitrine.owner=${sessionId}`,
        `org.vitrine.role=${role}`,
      ],
    },
  });
  if (!found) throw new Error(`session ${sessionId} has no ${role} guest`);
  return engine().getContainer(found.Id);
};

/** What a reboot does to guests and to what lies in memory; the processes of the product are ended by the caller. */
export async function loseMemory(stack: Stack): Promise<void> {
  const running = (await guestsOf(stack)).filter(({ State }) => State === 'running');
  await Promise.all(running.map(({ Id }) => engine().getContainer(Id).kill()));
  // The last mounted first.
  for (const path of mountsBelow(stack.runDir).reverse()) spawnSync('umount', ['--lazy', path]);
  rmSync(stack.runDir, { recursive: true });
}

/** Waits until no job is left, which belongs to no session: a thumbnail, for example, is made again after its host died. */
export async function untilJobsAreDone(stack: Stack): Promise<void> {
  const deadline = Date.now() + IDLE_DEADLINE_MS;
  for (;;) {
    const jobs = (await guestsOf(stack)).filter(({ Labels }) => Labels['org.vitrine.role'] === 'job');
    if (jobs.length === 0) return;
    if (Date.now() > deadline) throw new Error(`still at work: ${jobs.map(nameOf).join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * Waits until the installation has had no guest for a while, but for so many bridges that wait for a session: a new one
 * first tests each viewer and makes its icon, and makes the thumbnails of what was added.
 */
export async function untilIdle(stack: Stack, bridges = 0): Promise<void> {
  const deadline = Date.now() + IDLE_DEADLINE_MS;
  for (let idleSince = Date.now(); Date.now() - idleSince < 2_000;) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const guests = (await guestsOf(stack)).map(nameOf);
    const waiting = guests.filter((guest) => /-guacd-\w+ running$/.test(guest)).length;
    if (guests.length !== bridges || waiting !== bridges) idleSince = Date.now();
    if (Date.now() > deadline) throw new Error(`still at work: ${guests.join(', ')}`);
  }
}

/** Where the engine keeps what guests of this installation wrote and said, on the host's disk. */
export async function engineFolders(stack: Stack): Promise<string[]> {
  const guests = await engine().listContainers({
    all: true,
    filters: { label: [`org.vitrine.installation=${stack.installationId}`] },
  });
  const { DockerRootDir } = (await engine().info()) as { DockerRootDir: string };
  const folders = await Promise.all(
    guests.map(async ({ Id }) => {
      const { GraphDriver } = await engine().getContainer(Id).inspect();
      const written = (GraphDriver.Data as Record<string, string> | null)?.['UpperDir'];
      return [join(DockerRootDir, 'containers', Id), ...(written === undefined ? [] : [written])];
    }),
  );
  return folders.flat().filter((folder) => existsSync(folder));
}
