import { delay, Problem } from '@vitrine/kernel';
import type {
  CallOptions,
  GuestObservation,
  GuestProgress,
  GuestRef,
  GuestSpec,
} from '../src/hypervisor-driver.js';
import { FakeDriver } from './fake.driver.js';

type StartOptions = CallOptions & { onProgress?(progress: GuestProgress): void };

/** Takes its time to create and to start. */
export class SlowDriver extends FakeDriver {
  slowMs = 200;

  override async create(ref: GuestRef, spec: GuestSpec, options: CallOptions): Promise<GuestRef> {
    await wait(this.slowMs, options);
    return super.create(ref, spec, options);
  }

  override async start(ref: GuestRef, spec: GuestSpec, options: StartOptions): Promise<void> {
    await wait(this.slowMs, options);
    return super.start(ref, spec, options);
  }
}

/** Creates, and then never gets a guest to run; ends only by the caller's deadline. */
export class StuckDriver extends FakeDriver {
  override async start(_ref: GuestRef, _spec: GuestSpec, options: StartOptions): Promise<void> {
    await wait(2 ** 31 - 1, options);
  }
}

/** Does what it is asked for, and its first reply to `create` and to `start` is lost. */
export class ForgetfulDriver extends FakeDriver {
  private readonly answered = new Set<string>();

  override async create(ref: GuestRef, spec: GuestSpec, options: CallOptions): Promise<GuestRef> {
    const made = await super.create(ref, spec, options);
    this.lose(`create ${ref.name}`);
    return made;
  }

  override async start(ref: GuestRef, spec: GuestSpec, options: StartOptions): Promise<void> {
    await super.start(ref, spec, options);
    this.lose(`start ${ref.name}`);
  }

  private lose(call: string): void {
    if (this.answered.has(call)) return;
    this.answered.add(call);
    throw new Problem('hypervisor.unreachable', { logContext: { reason: 'the reply was lost' } });
  }
}

/** Starts nothing: every create fails with `problem`, every look says that the engine is away. */
export class BrokenDriver extends FakeDriver {
  problem = new Problem('hypervisor.unreachable');

  override create(): Promise<GuestRef> {
    return Promise.reject(this.problem);
  }

  override observe(): Promise<GuestObservation> {
    return Promise.resolve({ status: 'unreachable', cause: this.problem });
  }
}

const wait = (ms: number, { signal }: CallOptions): Promise<void> =>
  delay(ms, signal).catch((error: unknown) => {
    throw error instanceof Problem ? error : new Problem('hypervisor.took-too-long', { cause: error });
  });
