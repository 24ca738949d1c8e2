/** How often true input is written down: often enough for an idle limit of minutes. */
const EVERY_MS = 15_000;

/** Tells of a session's input at most once in a while, the first time at once. */
export class InputTimes {
  private readonly last = new Map<string, number>();

  constructor(private readonly tell: (sessionId: string) => void) {}

  seen(sessionId: string, now = Date.now()): void {
    const last = this.last.get(sessionId);
    if (last !== undefined && now - last < EVERY_MS) return;
    this.last.set(sessionId, now);
    for (const [id, at] of this.last) if (now - at >= EVERY_MS) this.last.delete(id);
    this.tell(sessionId);
  }
}
