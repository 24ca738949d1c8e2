import { inLanes } from '@vitrine/kernel';
import { memoryGroupOf, readMemory, type MemoryGroup } from '../host/guest-memory.js';
import type { CallOptions, GuestMemory, GuestRef } from '../hypervisor-driver.js';

const ASKED_AT_ONCE = 8;

/** Reads the memory of many guests often: the engine is asked once for each, and then only the kernel. */
export class GuestMemories {
  private readonly groups = new Map<string, MemoryGroup>();

  constructor(
    /** The engine's id of a guest that runs, and its first process on this machine. */
    private readonly look: (
      ref: GuestRef,
      options: CallOptions,
    ) => Promise<{ readonly Id: string; readonly State: { readonly Pid: number } }>,
  ) {}

  /** As they were asked for; undefined for those that do not run, and where engine or kernel do not say. */
  async of(refs: readonly GuestRef[], options: CallOptions): Promise<(GuestMemory | undefined)[]> {
    const found = new Map<string, GuestMemory>();
    await inLanes(refs, ASKED_AT_ONCE, async (ref) => {
      const memory = await this.read(ref, options).catch(() => undefined);
      if (memory) found.set(ref.name, memory);
    });
    return refs.map(({ name }) => found.get(name));
  }

  /** The next guest of that name is another. */
  forget(name: string): void {
    this.groups.delete(name);
  }

  private async read(ref: GuestRef, options: CallOptions): Promise<GuestMemory> {
    const known = this.groups.get(ref.name);
    if (known) {
      const memory = await readMemory(known).catch(() => undefined);
      if (memory) return memory;
      // It ended; another of that name may run.
      this.groups.delete(ref.name);
    }
    const { Id, State } = await this.look(ref, options);
    const group = await memoryGroupOf(State.Pid, Id);
    const memory = await readMemory(group);
    this.groups.set(ref.name, group);
    return memory;
  }
}
