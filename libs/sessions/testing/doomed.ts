import type { HostMounts, HypervisorDriver } from '@vitrine/hypervisor';

/** Called at each step of a launch; what it does not return from is never left. */
export type AtStep = (step: string) => Promise<void>;

/** The steps of a launch at which a process can die, as `doomed…` name them. */
export const LAUNCH_STEPS = [
  'before mounting',
  'after mounting',
  'before copying',
  'before creating viewer',
  'after creating viewer',
  'after starting viewer',
  'before creating guacd',
  'after creating guacd',
  'after starting guacd',
] as const;

/** The driver, with a call of `at` around what it makes. */
export const doomedDriver = <D extends HypervisorDriver>(driver: D, at: AtStep): D =>
  wrapped(driver, {
    create: async (...[ref, spec, options]: Parameters<HypervisorDriver['create']>) => {
      await at(`before creating ${spec.role}`);
      const made = await driver.create(ref, spec, options);
      await at(`after creating ${spec.role}`);
      return made;
    },
    start: async (...[ref, spec, options]: Parameters<HypervisorDriver['start']>) => {
      await driver.start(ref, spec, options);
      await at(`after starting ${spec.role}`);
    },
  });

/** The mounts, with a call of `at` around each memory mount. */
export const doomedMounts = <M extends HostMounts>(mounts: M, at: AtStep): M =>
  wrapped(mounts, {
    tmpfs: async (...parameters: Parameters<HostMounts['tmpfs']>) => {
      await at('before mounting');
      await mounts.tmpfs(...parameters);
      await at('after mounting');
    },
  });

/** The same object, but for these methods. */
const wrapped = <T extends object>(original: T, methods: object): T =>
  new Proxy(original, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in methods ? methods : target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
