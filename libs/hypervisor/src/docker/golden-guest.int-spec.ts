import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import Docker from 'dockerode';
import { EngineFixture } from '../../testing/engine-fixture.js';
import { seccompProfile } from '../seccomp/profile.js';

let engine: EngineFixture;

beforeAll(async () => {
  engine = await EngineFixture.open();
});
afterAll(() => engine.close());

/** What the engine says of a running viewer must be this, to the letter; a change here is a change of the promise. */
const GOLDEN = {
  Privileged: false,
  ReadonlyRootfs: true,
  CapAdd: [],
  CapDrop: ['ALL'],
  NetworkMode: 'none',
  IpcMode: 'private',
  CgroupnsMode: 'private',
  PidMode: '',
  UTSMode: '',
  UsernsMode: '',
  PublishAllPorts: false,
  PortBindings: null,
  Links: null,
  ExtraHosts: null,
  Dns: null,
  GroupAdd: null,
  VolumesFrom: null,
  Binds: null,
  Devices: [],
  DeviceCgroupRules: null,
  DeviceRequests: null,
  Tmpfs: { '/tmp': 'rw,nosuid,nodev,noexec,size=16m,mode=1777' },
  ShmSize: 16 * 1024 * 1024,
  Memory: 128 * 1024 * 1024,
  MemorySwap: 128 * 1024 * 1024,
  NanoCpus: 1e9,
  CpuShares: 1024,
  PidsLimit: 64,
  OomScoreAdj: 500,
  OomKillDisable: false,
  Ulimits: [
    { Name: 'nofile', Soft: 4096, Hard: 4096 },
    { Name: 'core', Soft: 0, Hard: 0 },
  ],
  LogConfig: { Type: 'none', Config: {} },
  RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
  AutoRemove: false,
  Init: false,
  MaskedPaths: [
    '/proc/acpi',
    '/proc/asound',
    '/proc/interrupts',
    '/proc/kcore',
    '/proc/keys',
    '/proc/latency_stats',
    '/proc/sched_debug',
    '/proc/scsi',
    '/proc/timer_list',
    '/proc/timer_stats',
    '/sys/devices/virtual/powercap',
    '/sys/devices/virtual/dmi',
    '/sys/firmware',
  ],
  ReadonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
};

it.each(['none', 'loopback'] as const)('a viewer (network: %s) has the golden options', async (network) => {
  const viewer = await engine.viewer(['display', '/run/display/vnc.sock'], {
    network,
    environment: { VITRINE_WIDTH: '1280' },
  });
  await engine.start(viewer);
  const seen = await new Docker({ socketPath: '/var/run/docker.sock' })
    .getContainer(viewer.ref.name)
    .inspect();

  const { SecurityOpt, Mounts, ...host } = seen.HostConfig as unknown as Record<string, unknown>;
  expect(host).toMatchObject(GOLDEN);
  expect(SecurityOpt).toEqual(['no-new-privileges', `seccomp=${JSON.stringify(seccompProfile(network))}`]);
  // The engine passes on the flags of the host's mounts: guest-folders.int-spec looks at them from inside.
  expect(Mounts).toEqual([
    bind(`${engine.runDir}/guests/${viewer.ref.name}/0`, '/record'),
    bind(viewer.display, '/run/display'),
  ]);
  expect(seen.Image).toBe(viewer.spec.imageDigest);
  expect(seen.Config).toMatchObject({
    Image: viewer.spec.imageDigest,
    User: '1000:1000',
    Hostname: 'viewer',
    Domainname: '',
    WorkingDir: '/tmp',
    NetworkDisabled: true,
    Tty: false,
    OpenStdin: false,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGTERM',
    Volumes: null,
    Env: ['HOME=/tmp/home', 'VITRINE_WIDTH=1280', expect.stringMatching(/^PATH=/)],
    Labels: {
      'org.vitrine.installation': engine.installationId,
      'org.vitrine.owner': viewer.spec.ownerId,
      'org.vitrine.role': 'viewer',
      'org.vitrine.spec': expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  });
  expect(Object.keys(seen.NetworkSettings.Networks)).toEqual([]);
  expect(seen.LogPath).toBe('');
});

it('a guest that somebody made with fewer walls under our name is found out', async () => {
  const { ref, spec } = await engine.viewer(['display', '/run/display/vnc.sock']);
  const name = ['--name', ref.name, '--label', `org.vitrine.installation=${engine.installationId}`];
  const loose = ['--network', 'none', '--security-opt', 'seccomp=unconfined', '--ipc', 'host'];
  await promisify(execFile)('docker', ['run', '-d', ...name, ...loose, engine.image, 'sleep', '60']);
  const { breaches } = await engine.driver.examine(ref, spec, engine.soon);
  expect(breaches).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^it can write to \/(,|$)/),
      'it has capabilities',
      'it can gain rights',
      'its system calls are not filtered',
      'it can open sockets that it should not: any',
      expect.stringMatching(/^it shares the host’s .*ipc/),
      '/record, /run/display is not where it was to be',
    ]),
  );
});

it('a look at a viewer tells of all its walls, by the list of system calls that the engine confirms', async () => {
  const viewer = await engine.viewer(['display', '/run/display/vnc.sock'], { network: 'loopback' });
  await engine.start(viewer);
  const { ref, spec } = viewer;
  const seen = await engine.driver.examine(ref, spec, engine.soon);
  expect(seen).toMatchObject({
    interfaces: ['lo'],
    writable: ['/dev/shm', '/run/display', '/tmp'],
    capabilities: [],
    seccomp: 'filter',
    socketFamilies: ['AF_UNIX', 'AF_INET', 'AF_INET6'],
    breaches: [],
  });
  expect(seen.mounts).toEqual(
    expect.arrayContaining([
      { path: '/record', isReadOnly: true, flags: ['nosuid', 'nodev', 'noexec'] },
      { path: '/run/display', isReadOnly: false, flags: ['nosuid', 'nodev', 'noexec'] },
    ]),
  );
  // The same guest, had less been promised.
  const lesser = await engine.driver.examine(ref, { ...spec, network: 'none' }, engine.soon);
  expect(lesser.breaches).toEqual(['it can open sockets that it should not: AF_INET, AF_INET6']);
});

it('an option of the engine that we do not know of is noticed', async () => {
  const viewer = await engine.viewer(['display', '/run/display/vnc.sock']);
  await engine.start(viewer);
  const { HostConfig } = await new Docker({ socketPath: '/var/run/docker.sock' })
    .getContainer(viewer.ref.name)
    .inspect();
  const known = new Set([...Object.keys(GOLDEN), 'SecurityOpt', 'Mounts']);
  // Whatever else the engine reports is at its neutral value, or one that it cannot be without.
  const others = Object.entries(HostConfig).filter(([name, value]) => !known.has(name) && !isNeutral(value));
  expect(Object.fromEntries(others)).toEqual({ ConsoleSize: [0, 0], Runtime: 'runc' });
});

const bind = (source: string, target: string) => ({
  Type: 'bind',
  Source: source,
  Target: target,
  BindOptions: expect.objectContaining({}) as unknown,
});

const isNeutral = (value: unknown): boolean =>
  value === null ||
  value === 0 ||
  value === '' ||
  value === false ||
  (Array.isArray(value) && value.length === 0);
