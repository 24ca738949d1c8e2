import { chownSync, mkdirSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { GuestEndpoint } from '@vitrine/hypervisor';
import { instruction } from '../src/guacamole/instruction.js';

const HANDSHAKE = instruction(
  'args',
  'VERSION_1_3_0',
  'hostname',
  'port',
  'read-only',
  'encodings',
  'constructor',
);

/** Listens where a session's guacd would, speaks its handshake, and then says what a test tells it to. */
export class FakeGuacd {
  /** Everything received, per connection. */
  readonly received: string[] = [];
  readonly sockets: Socket[] = [];
  /** What ends the handshake; a test may add what follows in the same breath. */
  ready = instruction('ready', '$connection-id');

  private constructor(private readonly server: Server) {}

  static async start(endpoint: GuestEndpoint, answers = true): Promise<FakeGuacd> {
    mkdirSync(dirname(endpoint.hostPath), { recursive: true });
    const server = createServer();
    const fake = new FakeGuacd(server);
    server.on('connection', (socket) => {
      const index = fake.sockets.push(socket) - 1;
      fake.received[index] = '';
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        fake.received[index] = (fake.received[index] ?? '') + chunk.toString('utf8');
        if (!answers) return;
        if (chunk.includes('6.select')) socket.write(HANDSHAKE);
        if (chunk.includes('7.connect')) socket.write(fake.ready);
      });
    });
    await new Promise<void>((resolve) => server.listen(endpoint.hostPath, resolve));
    if (process.getuid?.() === 0) chownSync(endpoint.hostPath, endpoint.ownerUid, endpoint.ownerUid);
    return fake;
  }

  /** Sends to the latest connection. */
  say(...instructions: readonly (string | Buffer)[]): void {
    for (const each of instructions) this.sockets.at(-1)?.write(each);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
