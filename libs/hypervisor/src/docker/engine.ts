import { Agent } from 'node:http';
import type Docker from 'dockerode';
import { Problem, type ProblemCode } from '@vitrine/kernel';
import { findEngineSocket } from './engine-socket.js';

/** What dockerode throws: `statusCode` when the engine answered, `code` when the connection failed. */
interface EngineError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
}

/** What an engine tells of itself, as far as it is asked for. */
export interface EngineInfo {
  readonly SecurityOptions?: readonly string[];
  readonly MemoryLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
  readonly PidsLimit?: boolean;
  readonly Runtimes?: Readonly<Record<string, unknown>>;
}

/** The connection died, and with it the answer. */
const LOST = ['ECONNRESET', 'EPIPE'];

/** The engine's API by dockerode, with its failures sorted. Connections are kept: a new one per call costs a start 5 ms. */
export class Engine {
  private docker: Docker | undefined;
  private knownFlavour: 'docker' | 'podman' | undefined;
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 8 });

  constructor(private readonly configuredSocket: string | undefined) {}

  /**
   * Asks the engine. Every question that we put can be put twice, so one that died with a kept connection (the engine
   * was restarted) is put again once. Throws Problems: by `byStatus` for an answer that was foreseen, otherwise
   * `hypervisor.unreachable`; what the signal says when it fired.
   */
  async ask<T>(
    signal: AbortSignal,
    question: (docker: Docker) => Promise<T>,
    byStatus: Readonly<Record<number, ProblemCode>> = {},
  ): Promise<T> {
    try {
      const docker = await this.connect();
      return await orAborted(signal, question(docker)).catch((error: unknown) => {
        if (signal.aborted || !LOST.includes((error as EngineError).code ?? '')) throw error;
        return orAborted(signal, question(docker));
      });
    } catch (error) {
      throw toProblem(error as EngineError, signal, byStatus);
    }
  }

  /** Who answers on the socket; asked once. */
  async flavour(signal: AbortSignal): Promise<'docker' | 'podman'> {
    if (this.knownFlavour === undefined) {
      const version = await this.ask(signal, (docker) => docker.version());
      const isPodman = version.Components.some((component) => component.Name.startsWith('Podman'));
      this.knownFlavour = isPodman ? 'podman' : 'docker';
    }
    return this.knownFlavour;
  }

  /** Lets go of the kept connections. */
  close(): void {
    this.agent.destroy();
  }

  private async connect(): Promise<Docker> {
    // Loaded by whom asks an engine: the processes that only share our words start sooner without it.
    const { default: Dockerode } = await import('dockerode');
    // The socket may come later than we: it is looked for until it is found.
    this.docker ??= new Dockerode({
      socketPath: findEngineSocket(this.configuredSocket),
      // Known to dockerode, not to its types.
      agent: this.agent,
    } as Docker.DockerOptions);
    return this.docker;
  }
}

/** Calls a method that takes options although the types of dockerode leave them out. */
export const abortable = <T>(target: object, method: unknown, signal: AbortSignal): Promise<T> =>
  (method as (options: { abortSignal: AbortSignal }) => Promise<T>).call(target, { abortSignal: signal });

/** The engine's answer, when the cause of a Problem is one. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof Problem ? statusOf(error.cause) : (error as EngineError | undefined)?.statusCode;

/** Runs `work` and takes the given answers of the engine for “nothing to do”. */
export async function ignoring<T>(statuses: readonly number[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (statuses.includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  }
}

/** What a fired signal means: the reason of its owner, else that time ran out. */
export const whenAborted = (signal: AbortSignal): Problem =>
  signal.reason instanceof Problem
    ? signal.reason
    : new Problem('hypervisor.took-too-long', { cause: signal.reason });

/** Fires `ms` after the signal did, with its reason; at once where it had fired before. */
export function lingering(signal: AbortSignal, ms: number): AbortSignal {
  if (signal.aborted) return signal;
  const late = new AbortController();
  signal.addEventListener('abort', () => setTimeout(() => late.abort(signal.reason), ms).unref(), {
    once: true,
  });
  return late.signal;
}

/** dockerode does not hand the signal to every call, and a deadline holds for every one. */
async function orAborted<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const fail = () => reject(whenAborted(signal));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    over.abort();
  }
}

function toProblem(
  error: EngineError,
  signal: AbortSignal,
  byStatus: Readonly<Record<number, ProblemCode>>,
): Problem {
  if (error instanceof Problem) return error;
  if (signal.aborted) return whenAborted(signal);
  const code = byStatus[error.statusCode ?? 0] ?? 'hypervisor.unreachable';
  return new Problem(code, {
    cause: error,
    logContext: { engineStatus: error.statusCode, engineCode: error.code },
  });
}
