import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `storescp` of dcmtk, which takes every object that comes and writes it bit by bit. */
export class StoreScp {
  readonly folder = mkdtempSync(join(tmpdir(), 'vitrine-storescp-'));

  private constructor(
    readonly port: number,
    private readonly options: readonly string[],
  ) {}

  private child: ChildProcess | undefined;

  static async start(...options: string[]): Promise<StoreScp> {
    const scp = new StoreScp(await freePort(), options);
    await scp.listen();
    return scp;
  }

  received(): Buffer[] {
    return readdirSync(this.folder).map((name) => readFileSync(join(this.folder, name)));
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child?.exitCode === null) {
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill();
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async listen(): Promise<void> {
    this.child = spawn('/usr/bin/storescp', ['+B', '-od', this.folder, ...this.options, String(this.port)], {
      env: { ...process.env, TCP_NODELAY: '1' },
      stdio: 'ignore',
    });
    for (let n = 0; n < 100; n++) {
      const reached = await new Promise<boolean>((resolve) => {
        const socket = connect(this.port, '127.0.0.1', () => {
          socket.destroy();
          resolve(true);
        }).on('error', () => resolve(false));
      });
      if (reached) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('storescp does not listen');
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
