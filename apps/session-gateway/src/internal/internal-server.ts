import { chmodSync, mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  freeSocket,
  LOGGER,
  Problem,
  PROBLEMS,
  SETTINGS,
  type Logger,
  type ProblemCode,
  type Settings,
} from '@vitrine/kernel';
import { gatewaySocket, type CutRequest } from '@vitrine/sessions';
import { TunnelRegistry } from '../display/tunnel-registry.js';
import { EgressDoors } from '../egress/egress-doors.js';
import { problemBody } from '../front/problem-body.js';

const MAXIMUM_BODY = 64 * 1024;
const MAXIMUM_NAMES = 1000;
const REQUEST_MS = 5000;

/** What the control plane may ask of the gateway, on a Unix socket that only this user can open. */
@Injectable()
export class InternalServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly server: Server;

  constructor(
    private readonly registry: TunnelRegistry,
    private readonly egress: EgressDoors,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.requestTimeout = REQUEST_MS;
  }

  async onApplicationBootstrap(): Promise<void> {
    const path = gatewaySocket(this.settings.runDir);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // With its socket taken away, a gateway that runs could no longer be told whom to cut off.
    await freeSocket(path, 'gateway');
    const before = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        this.server.once('error', reject).listen(path, resolve);
      });
    } finally {
      process.umask(before);
    }
    chmodSync(path, 0o600);
  }

  async onApplicationShutdown(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      answer(response, 200, await this.handle(request));
    } catch (thrown) {
      const problem = Problem.from(thrown);
      this.logger.warn({ code: problem.code, err: problem.cause }, 'internal request failed');
      answer(response, problem.row.http, problemBody(problem));
    }
  }

  private async handle(request: IncomingMessage): Promise<object> {
    if (request.method === 'GET' && request.url === '/internal/health')
      return { status: 'ok', tunnels: this.registry.size };
    if (request.method === 'POST' && request.url === '/internal/cut')
      return { closed: await this.cut(toCutRequest(await readJson(request))) };
    throw new Problem('kernel.not-found');
  }

  private cut(what: CutRequest): Promise<number> {
    for (const id of [...(what.sessionIds ?? []), ...(what.egressOf ?? [])]) this.egress.shut(id);
    return this.registry.cut(what);
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAXIMUM_BODY) throw new Problem('kernel.invalid');
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (cause) {
    throw new Problem('kernel.invalid', { cause });
  }
}

function toCutRequest(body: unknown): CutRequest {
  if (typeof body !== 'object' || body === null) throw new Problem('kernel.invalid');
  const members = body as Record<string, unknown>;
  const reason = members['reason'];
  if (reason !== undefined && !(typeof reason === 'string' && Object.hasOwn(PROBLEMS, reason)))
    throw new Problem('kernel.invalid');
  return {
    participantIds: names(members['participantIds']),
    participationIds: names(members['participationIds']),
    sessionIds: names(members['sessionIds']),
    egressOf: names(members['egressOf']),
    ...(reason === undefined ? {} : { reason: reason as ProblemCode }),
  };
}

function names(value: unknown): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAXIMUM_NAMES) throw new Problem('kernel.invalid');
  return value.map((name) => {
    if (typeof name !== 'string') throw new Problem('kernel.invalid');
    return name;
  });
}
