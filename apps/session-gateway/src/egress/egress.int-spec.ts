import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { EngineFixture } from '@vitrine/hypervisor/testing';
import { newId } from '@vitrine/kernel';
import { digestOfBlobs, handControlKey, hostKeysFrom } from '@vitrine/session-host';
import { OpenRegister, testSessionHost } from '@vitrine/session-host/testing';
import { Session } from '@vitrine/sessions';
import { FakeGuacd } from '../../testing/fake-guacd.js';
import { GatewayHarness, type Person } from '../../testing/gateway-harness.js';
import { CheckedDialler, Dialler } from './dialler.js';

const run = promisify(execFile);
const TAG = 'vitrine/test-guest:egress';
const soon = () => ({ signal: AbortSignal.timeout(30_000) });

/** Asks for a computer, says a word if it may, and prints what it hears until the end. */
const CLIENT = `
  use Socket; $| = 1; $SIG{PIPE} = 'IGNORE'; my ($host, $word) = @ARGV;
  for (1 .. 100) {
    socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
    if (!connect($s, sockaddr_un("/run/egress/proxy.sock"))) { print "no door: $!\\n"; exit if $word eq "once"; select(undef, undef, undef, 0.1); next }
    syswrite $s, "CONNECT $host HTTP/1.1\\r\\n\\r\\n";
    sysread($s, my $heard, 4096); print $heard =~ /^HTTP.1.1 (\\d+)/, "\\n";
    syswrite $s, $word; while (sysread($s, $heard, 4096)) { print "heard $heard\\n" }
    print "end\\n"; exit;
  }`;

describe('a guest that may speak with somebody', () => {
  let engine: EngineFixture;
  let gateway: GatewayHarness;
  let opened: ReturnType<typeof testSessionHost>;
  let server: Server;
  let guacd: FakeGuacd;
  let patient: Person;
  let port: number;
  const id = newId();
  const sockets: Socket[] = [];
  let spoken = '';

  beforeAll(async () => {
    engine = await EngineFixture.open();
    const child = run('docker', ['build', '--quiet', '--tag', TAG, '-'], {
      env: { ...process.env, DOCKER_BUILDKIT: '0' },
    });
    child.child.stdin?.end('FROM vitrine/test-guest\nCMD ["display", "/run/display/vnc.sock"]\n');
    const imageDigest = (await child).stdout.trim();

    server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      socket.on('data', (chunk: Buffer) => {
        spoken += chunk.toString();
        socket.write(chunk.toString().toUpperCase());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
    const target = `tools.example.org:${port}`;

    gateway = await GatewayHarness.start();
    const local = new CheckedDialler(
      () => Promise.resolve(['127.0.0.1']),
      () => true,
    );
    jest
      .spyOn(gateway.app.get(Dialler, { strict: false }), 'dial')
      .mockImplementation((to, signal) => local.dial(to, signal));
    mkdirSync(join(gateway.settings.runDir, 'host'), { recursive: true });
    handControlKey(gateway.settings.runDir, hostKeysFrom(Buffer.alloc(32, 7)), undefined);
    patient = await gateway.account();

    opened = testSessionHost({
      driver: engine.driver,
      mounts: engine.mounts,
      settings: { ...gateway.settings, scratchDir: join(engine.runDir, 'scratch') },
      register: new OpenRegister(engine.driver, ''),
    });
    const { host, permits } = opened;
    const [patientId, isolation] = [newId(), 'standard' as const];
    const { participant } = patient;
    const by = { kind: 'account' as const, id: participant.id };
    const permit = permits.sign({
      sessionId: id,
      by,
      patientId,
      imageDigest,
      isolation,
      blobs: digestOfBlobs([]),
      egress: [target],
      until: new Date(Date.now() + 600_000).toISOString(),
    });
    await host.prepare(id, soon());
    await host.start(
      id,
      { role: 'viewer', imageDigest, isolation, registration: null, egress: true },
      soon(),
    );
    await host.attach(id, permit, { patientId, blobIds: [], bytes: 0, files: 0, scratch: false });
    const session = await gateway.session({
      id,
      patientId,
      permit,
      startedBy: { ...by, name: participant.name },
      plan: {
        network: 'none',
        resources: { cpus: 1, memoryMiB: 256, pids: 64, scratchMiB: 64 },
        registration: null,
        guacdDigest: 'sha256:0',
        bytes: 0,
        files: 0,
        egress: [target],
      },
    });
    guacd = await FakeGuacd.start(gateway.endpoints(session).guacd);
  });
  afterAll(async () => {
    await guacd.stop();
    await gateway.app.close();
    await opened.host.remove(id, soon());
    await opened.host.release();
    for (const socket of sockets) socket.destroy();
    server.close();
    await gateway.stop();
    await engine.close();
    await run('docker', ['rmi', '--no-prune', TAG]);
  });

  const inside = async (...command: string[]) => {
    const { viewer } = await opened.host.plan(id);
    return engine.inside(viewer, ...command).catch(printed);
  };
  const row = () => gateway.database.dataSource.manager.findOneByOrFail(Session, { id });
  const ask = (host: string, word = '') => inside('perl', '-e', CLIENT, host, word);

  it('reaches a computer of its list through the socket, others not, and everything is cut when somebody joins', async () => {
    const talk = ask(`tools.example.org:${port}`, 'hello');
    while (spoken !== 'hello') await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await ask(`evil.example.org:${port}`)).toMatch(/^(no door.*\n)*403\nend\n$/);
    expect(await ask(`127.0.0.1:${port}`)).toBe('403\nend\n');
    expect(sockets).toHaveLength(1);

    const visitor = await gateway.join(await row(), await gateway.visitor());
    expect(await talk).toMatch(/^(no door.*\n)*200\nheard HELLO\nend\n$/);
    expect(await ask(`tools.example.org:${port}`, 'once')).toMatch(
      /^no door: (Connection refused|No such file)/,
    );
    expect((await row()).egressClosedAt).not.toBeNull();
    await visitor.close();
  });

  it('has no network for all that, and can put nothing in the place of the socket', async () => {
    expect((await inside('ls', '/sys/class/net')).trim()).toBe('lo');
    const tries =
      'print unlink("/run/egress/proxy.sock") ? "gone" : "$!", "\\n"; print open(F, ">", "/run/egress/x") ? "made" : "$!", "\\n"; use Socket; print socket(S, AF_INET, SOCK_STREAM, 0) ? "socket" : "$!", "\\n"';
    expect((await inside('perl', '-e', tries)).trim().split('\n')).toEqual([
      expect.stringMatching(/Read-only|Permission|No such file/),
      expect.stringMatching(/Read-only|Permission/),
      'Operation not permitted',
    ]);
  });
});

/** What it said before it failed. */
const printed = (error: unknown): string => (error as { stdout?: string }).stdout ?? '';
