import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before the container engine, so that a test can take the engine away, or its words, without touching it. */
export class EngineGate {
  private server: Server | undefined;
  private readonly open = new Set<Socket>();
  private mute = false;
  private lost: RegExp | undefined;

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
      client.on('data', (chunk: Buffer) => {
        if (this.lost?.test(chunk.toString('latin1'))) {
          this.lost = undefined;
          engine.removeAllListeners('data').once('data', () => client.destroy());
        }
        engine.write(chunk);
      });
      client.once('end', () => engine.end());
      engine.on('data', (chunk: Buffer) => this.mute || client.write(chunk));
      engine.once('end', () => client.end());
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.path, resolve);
    });
  }

  /** The engine is asked and answers nothing, as if it hung. What it said meanwhile is lost, so all is cut at the end. */
  async hang<T>(meanwhile: () => Promise<T>): Promise<T> {
    this.mute = true;
    try {
      return await meanwhile();
    } finally {
      this.mute = false;
      for (const socket of this.open) socket.destroy();
    }
  }

  /** The engine does what the next request of this kind says, and its answer never arrives. */
  loseAnswerTo(request: RegExp): void {
    this.lost = request;
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
