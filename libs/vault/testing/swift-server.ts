import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { delay, type ObjectStorageSettings } from '@vitrine/kernel';

const KINDS = ['account', 'container', 'object'] as const;
type Kind = (typeof KINDS)[number] | 'proxy';

const BUCKET = 'records';
const USER = { id: 'clinic:vault', secret: 'for-tests-only' };
const START_MS = 60_000;
/** Few, so that every test sees more than one page. */
const KEYS_PER_PAGE = 5;

/** Makes the three maps of where things lie: all on one disk, once. */
const RINGS = `
import sys
from swift.common.ring import RingBuilder
folder, *ports = sys.argv[1:]
for kind, port in zip(('account', 'container', 'object'), map(int, ports)):
    ring = RingBuilder(1, 1, 0)
    ring.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': port, 'device': 'disk', 'weight': 1,
                  'replication_ip': '127.0.0.1', 'replication_port': port, 'meta': ''})
    ring.rebalance()
    ring.get_ring().save('%s/%s.ring.gz' % (folder, kind))
`;

/**
 * OpenStack Swift (Debian: swift-proxy, swift-account, swift-container, swift-object) with its S3 interface: a real
 * server of object storage on this machine, in a folder of its own.
 */
export class SwiftServer {
  private readonly running = new Map<Kind, ChildProcess>();

  private constructor(
    private readonly folder: string,
    private readonly ports: ReadonlyMap<Kind, number>,
  ) {}

  static async start(): Promise<SwiftServer> {
    const ports = new Map<Kind, number>();
    for (const kind of [...KINDS, 'proxy'] as const) ports.set(kind, await freePort());
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-swift-'));
    // Another user reads the credentials in it.
    chmodSync(folder, 0o711);
    const server = new SwiftServer(folder, ports);
    try {
      server.configure();
      await server.resume();
      await server.makeBucket();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Where an installation finds it that is told of this prefix. */
  settings(prefix: string): ObjectStorageSettings {
    return {
      endpoint: this.endpoint,
      region: 'us-east-1',
      bucket: BUCKET,
      prefix,
      pathStyle: true,
      credentialsFile: join(this.folder, 'credentials'),
    };
  }

  /** Where it keeps everything. */
  get devices(): string {
    return join(this.folder, 'devices');
  }

  /** How many objects and parts of objects are on its disk. */
  objectFiles(): number {
    return readdirSync(this.devices, { recursive: true }).filter((name) => String(name).endsWith('.data'))
      .length;
  }

  /** Ends the server that answers, without warning. */
  cut(): Promise<void> {
    return this.end('proxy');
  }

  /** Ends all of it, without warning, as a power cut of its machine does. */
  async kill(): Promise<void> {
    await Promise.all([...this.running.keys()].map((kind) => this.end(kind)));
  }

  /** Starts what was ended, with all that it acknowledged. */
  async resume(): Promise<void> {
    for (const kind of [...KINDS, 'proxy'] as const) if (!this.running.has(kind)) this.run(kind);
    const deadline = Date.now() + START_MS;
    const isUp = (kind: Kind) =>
      fetch(`http://127.0.0.1:${this.ports.get(kind)}/healthcheck`).then(
        ({ ok }) => ok,
        () => false,
      );
    for (const kind of this.running.keys())
      while (!(await isUp(kind))) {
        if (Date.now() > deadline) throw new Error(`Swift does not start; its logs are in ${this.folder}.`);
        await delay(50);
      }
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get endpoint(): string {
    return `http://127.0.0.1:${this.ports.get('proxy')}`;
  }

  private configure(): void {
    const { folder } = this;
    mkdirSync(join(this.devices, 'disk'), { recursive: true });
    writeFileSync(join(folder, 'credentials'), `${USER.id}\n${USER.secret}\n`);
    writeFileSync(join(folder, 'swift.conf'), '[swift-hash]\nswift_hash_path_suffix = test\n');
    for (const kind of [...KINDS, 'proxy'] as const)
      writeFileSync(join(folder, `${kind}.conf`), this.configOf(kind));
    const args = ['-c', RINGS, folder, ...KINDS.map((kind) => String(this.ports.get(kind)))];
    // Debian's own Python: the packages of Swift are made for it.
    execFileSync('/usr/bin/python3', args, { stdio: 'pipe' });
  }

  private configOf(kind: Kind): string {
    const common = [
      '[DEFAULT]',
      'bind_ip = 127.0.0.1',
      `bind_port = ${this.ports.get(kind)}`,
      'workers = 0',
      'user = root',
      `swift_dir = ${this.folder}`,
      `devices = ${this.devices}`,
      'mount_check = false',
      // A busy machine is no broken one.
      'node_timeout = 60',
      'container_update_timeout = 60',
    ];
    const filter = (name: string, ...lines: string[]) => [
      `[filter:${name}]`,
      `use = egg:swift#${name}`,
      ...lines,
    ];
    const rest =
      kind === 'proxy'
        ? [
            '[pipeline:main]',
            'pipeline = catch_errors healthcheck cache s3api tempauth bulk slo proxy-server',
            '[app:proxy-server]',
            'use = egg:swift#proxy',
            'account_autocreate = true',
            'node_timeout = 60',
            'error_suppression_limit = 1000000',
            ...filter('catch_errors'),
            ...filter('healthcheck'),
            // tempauth wants one to be set; it works without one that answers.
            '[filter:cache]',
            'use = egg:swift#memcache',
            'memcache_servers = 127.0.0.1:1',
            ...filter('s3api', `max_bucket_listing = ${KEYS_PER_PAGE}`, 'location = us-east-1'),
            ...filter('tempauth', `user_${USER.id.replace(':', '_')} = ${USER.secret} .admin`),
            ...filter('bulk'),
            ...filter('slo'),
          ]
        : [
            '[pipeline:main]',
            `pipeline = healthcheck ${kind}-server`,
            `[app:${kind}-server]`,
            `use = egg:swift#${kind}`,
            ...filter('healthcheck'),
          ];
    return `${[...common, ...rest].join('\n')}\n`;
  }

  private run(kind: Kind): void {
    const program = `/usr/bin/swift-${kind}-server`;
    if (!existsSync(program)) throw new Error(`${program} is missing (Debian: swift-${kind}).`);
    // It ends with us, also when we are killed.
    const args = ['--pdeathsig', 'SIGKILL', program, join(this.folder, `${kind}.conf`)];
    const child = spawn('/usr/bin/setpriv', args, { stdio: 'ignore' });
    this.running.set(kind, child);
  }

  private async end(kind: Kind): Promise<void> {
    const child = this.running.get(kind);
    this.running.delete(kind);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  private async makeBucket(): Promise<void> {
    // Most who use this folder have no need of it.
    const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
    const client = new S3Client({
      endpoint: this.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: USER.id, secretAccessKey: USER.secret },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    client.destroy();
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
