import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Settings } from '@vitrine/kernel';
import { gatewaySocket } from './tunnel-endpoints.js';
import { LiveConnections } from './tunnel-live-connections.js';

/** What a busy machine takes, and more than anybody would wait for at a quiet one. */
const SLOW_MS = 1_500;

describe('LiveConnections', () => {
  let runDir: string;
  let gateway: Server | undefined;
  let connections: LiveConnections;

  beforeEach(() => {
    runDir = mkdtempSync(join(tmpdir(), 'vitrine-cut-'));
    mkdirSync(dirname(gatewaySocket(runDir)), { recursive: true });
    connections = new LiveConnections({ runDir } as Settings);
  });
  afterEach(() => {
    gateway?.close();
    gateway = undefined;
    rmSync(runDir, { recursive: true });
  });

  it('waits for a gateway that is slow, and tells how many it has closed', async () => {
    gateway = createServer((_request, answer) => {
      setTimeout(() => answer.end(JSON.stringify({ closed: 2 })), SLOW_MS);
    }).listen(gatewaySocket(runDir));
    await once(gateway, 'listening');
    expect(await connections.cut({ participantIds: ['somebody'] })).toBe(2);
  });

  it('takes a gateway that does not run for one that holds no display', async () => {
    expect(await connections.cut({ participantIds: ['somebody'] })).toBe(0);
  });
});
