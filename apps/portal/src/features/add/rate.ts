/** Bytes per second over the last few seconds: steady enough to read, quick enough to be true. */
export class Rate {
  private readonly samples: { readonly at: number; readonly bytes: number }[] = [];

  constructor(private readonly windowMs = 6000) {}

  note(bytes: number, at: number): void {
    this.samples.push({ at, bytes });
    while (this.samples.length > 2 && at - (this.samples[0]?.at ?? at) > this.windowMs) this.samples.shift();
  }

  /** Zero until there is enough to say something. */
  perSecond(): number {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 500) return 0;
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.at - first.at));
  }
}
