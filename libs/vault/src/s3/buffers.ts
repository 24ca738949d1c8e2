/** A few buffers for what is on its way to the store, so that memory stays flat. Whoever finds none free waits. */
export class Buffers {
  private readonly free: Buffer[];
  private readonly waiting: ((buffer: Buffer) => void)[] = [];

  constructor(
    count: number,
    private readonly bytes: number,
  ) {
    this.free = Array.from({ length: count }, () => Buffer.alloc(0));
  }

  /** The buffer has at least so many bytes and belongs to the work until that has settled. */
  async with<T>(bytes: number, work: (buffer: Buffer) => Promise<T>): Promise<T> {
    let buffer = this.free.pop() ?? (await new Promise<Buffer>((resolve) => this.waiting.push(resolve)));
    try {
      // Not from the pool that small buffers share: it is never given back.
      if (buffer.length < bytes) buffer = Buffer.allocUnsafeSlow(Math.max(bytes, this.bytes));
      return await work(buffer);
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free.push(buffer);
      else next(buffer);
    }
  }
}
