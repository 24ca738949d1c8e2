import { Problem } from '@vitrine/kernel';
import { whenAborted } from '../docker/engine.js';
import { KVM_DEVICE } from '../docker/guest-options.js';
import type {
  CallOptions,
  GuestEvent,
  GuestExamination,
  GuestImage,
  GuestListing,
  GuestObservation,
  GuestProgress,
  GuestRef,
  GuestSpec,
  HypervisorDriver,
  Isolation,
  MachineMemory,
} from '../hypervisor-driver.js';
import { KvmTrial, type KvmTrialOptions } from './kvm-trial.js';
import { MachineCatalogue } from './machine-catalogue.js';
import { examineMachine } from './machine-examination.js';
import { machineFolders, machineGuest } from './machine-guest.js';

/** What runs guests, and tells which process of this machine is a guest's first. */
export interface GuestEngine extends HypervisorDriver {
  firstProcess(ref: GuestRef, options: CallOptions): Promise<number>;
}

export interface QemuDriverOptions extends KvmTrialOptions {
  /** Where registered machines lie. */
  readonly machines: string;
}

/**
 * Adds virtual machines to an engine of containers. A machine is a guest of that engine which runs QEMU and nothing
 * else: so it has all walls, limits and labels that every guest has, is found again by whoever looks, and whoever breaks
 * out of the machine stands in a guest without rights. All other guests go through as they are.
 */
export class QemuDriver implements HypervisorDriver {
  readonly kind;
  private readonly catalogue: MachineCatalogue;
  private readonly trial: KvmTrial;

  constructor(
    private readonly engine: GuestEngine,
    private readonly options: QemuDriverOptions,
  ) {
    this.kind = engine.kind;
    this.catalogue = new MachineCatalogue(options.machines);
    this.trial = new KvmTrial(engine, options);
  }

  /** Where there are machines, finds out before the first is asked for whether the processor helps them. */
  async tryKvm(options: CallOptions): Promise<void> {
    if ((await this.isolations(options)).includes('vm')) await this.trial.node();
  }

  /** Before this process ends. Returns when nothing is left that dies with it; guests of sessions go on. */
  giveUpTrial(): Promise<void> {
    return this.trial.giveUp();
  }

  probe(options: CallOptions): Promise<void> {
    return this.engine.probe(options);
  }

  async isolations(options: CallOptions): Promise<readonly Isolation[]> {
    const those = await this.engine.isolations(options);
    const machines = await this.catalogue.all();
    const qemu = machines.length > 0 && (await this.engine.findImage(this.options.qemuImage, options));
    return qemu ? [...those, 'vm'] : those;
  }

  plan(spec: GuestSpec): GuestRef {
    return this.engine.plan(spec);
  }

  async create(ref: GuestRef, spec: GuestSpec, options: CallOptions): Promise<GuestRef> {
    const machine = await this.catalogue.find(spec.imageDigest);
    if (spec.isolation !== 'vm') {
      // Of a machine there is no image that could be run otherwise.
      if (machine) throw new Problem('hypervisor.isolation-missing', { logContext: { reason: 'a machine' } });
      return this.engine.create(ref, spec, options);
    }
    const qemu = await this.engine.findImage(this.options.qemuImage, options);
    if (!qemu)
      throw new Problem('hypervisor.isolation-missing', { logContext: { lacking: this.options.qemuImage } });
    if (!machine) throw await this.notAMachine(spec, options);
    await this.catalogue.verify(machine, options.signal).catch((error: unknown) => {
      throw options.signal.aborted ? whenAborted(options.signal) : error;
    });
    const kvm = await Promise.race([this.trial.node(), aborted(options.signal)]);
    return this.engine.create(ref, machineGuest(spec, machine, { imageDigest: qemu.digest, kvm }), options);
  }

  start(
    ref: GuestRef,
    spec: GuestSpec,
    options: CallOptions & { onProgress?(progress: GuestProgress): void },
  ): Promise<void> {
    return this.engine.start(ref, spec, options);
  }

  observe(ref: GuestRef, options: CallOptions): Promise<GuestObservation> {
    return this.engine.observe(ref, options);
  }

  waitForEnd(ref: GuestRef, options: CallOptions): Promise<GuestObservation> {
    return this.engine.waitForEnd(ref, options);
  }

  /** The guest's first process presses the machine's power button. */
  stop(ref: GuestRef, options: CallOptions & { graceMs: number }): Promise<void> {
    return this.engine.stop(ref, options);
  }

  destroy(ref: GuestRef, options: CallOptions): Promise<void> {
    return this.engine.destroy(ref, options);
  }

  async examine(ref: GuestRef, spec: GuestSpec, options: CallOptions): Promise<GuestExamination> {
    if (spec.isolation !== 'vm') return this.engine.examine(ref, spec, options);
    // By its folders alone, since whoever looks may not know which machine it is. Whether it has KVM was settled when it was
    // made, maybe by an earlier process.
    const mounts = machineFolders(spec.mounts, '');
    const guest: GuestSpec = { ...spec, isolation: 'standard', mounts, kvm: KVM_DEVICE };
    const around = await this.engine.examine(ref, guest, options);
    return examineMachine(around, await this.engine.firstProcess(ref, options), guest);
  }

  /** QEMU and the machine in it count as one. */
  memory(refs: readonly GuestRef[], options: CallOptions): Promise<MachineMemory> {
    return this.engine.memory(refs, options);
  }

  list(options: CallOptions): Promise<readonly GuestListing[]> {
    return this.engine.list(options);
  }

  watch(options: CallOptions): AsyncIterable<GuestEvent> {
    return this.engine.watch(options);
  }

  /** `vm/<name>` is the newest registered machine of that name; all else is an image of the engine. */
  async findImage(reference: string, options: CallOptions): Promise<GuestImage | undefined> {
    const machine = await this.catalogue.find(reference);
    return machine ? { ...machine.image, isMachine: true } : this.engine.findImage(reference, options);
  }

  /** Lets go of the connections to the engine; guests go on. */
  close(): void {
    (this.engine as { close?(): void }).close?.();
  }

  private async notAMachine({ imageDigest }: GuestSpec, options: CallOptions): Promise<Problem> {
    const other = await this.engine.findImage(imageDigest, options);
    return other
      ? new Problem('hypervisor.isolation-missing', { logContext: { reason: 'not a machine' } })
      : new Problem('hypervisor.image-missing');
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(whenAborted(signal));
    signal.addEventListener('abort', () => reject(whenAborted(signal)), { once: true });
  });
