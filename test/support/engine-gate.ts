import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before the container engine, so that a test can take the engine away without touching it. */
export class EngineGate {
  private server: Server | undefined;
  private readonly open = new Set<Socket>();

  constructor(
    readonly path: string,
    private readonly engine = process.env['VITRINE_ENGINE_SOCKET'] ?? '/var/run/docker.sock',
  ) {}

  /** The engine can be reached from now on. */
  async up(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const engine = connect({ path: this.engine, allowHalfOpen: true });
      for (const socket of [client, engine]) {
        this.open.add(socket);
        socket.once('error', () => socket.destroy());
        socket.once('close', () => {
          this.open.delete(socket);
          client.destroy();
          engine.destroy();
        });
      }
      client.pipe(engine).pipe(client);
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.path, resolve);
    });
  }

  /** As if the engine had been stopped: what was connected is cut, and nothing listens any more. */
  async down(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.open) socket.destroy();
    await closed;
  }
}
