import { Problem } from '@vitrine/kernel';

const PER_ADDRESS = 32;
const IN_TOTAL = 256;

/** Bounds how many browsers may be on their way to a display at once: in total, and from one address. */
export class PendingLimits {
  private total = 0;
  private readonly byAddress = new Map<string, number>();

  constructor(
    private readonly perAddress = PER_ADDRESS,
    private readonly inTotal = IN_TOTAL,
  ) {}

  /** Takes a place and gives the function that frees it, which may be called more than once. */
  enter(address: string): () => void {
    const own = this.byAddress.get(address) ?? 0;
    if (own >= this.perAddress) throw new Problem('kernel.too-many-requests');
    if (this.total >= this.inTotal) throw new Problem('kernel.busy');
    this.total++;
    this.byAddress.set(address, own + 1);
    let entered = true;
    return () => {
      if (!entered) return;
      entered = false;
      this.total--;
      const left = (this.byAddress.get(address) ?? 1) - 1;
      if (left === 0) this.byAddress.delete(address);
      else this.byAddress.set(address, left);
    };
  }
}
