/** An answer takes some milliseconds; a guest that is given no processor takes longer than this. */
const SLOW_MS = 1_000;
/** A round of questions and a half. */
const RECENT_MS = 5_000;
/** Of fewer guests than this nobody can say whether it is them or the machine. */
const LEAST_GUESTS = 6;

/**
 * How fast the guests of all sessions answer at present. Where most are slow, the machine is: then one that missed an
 * answer is not frozen, and ending it would take away what somebody did in it.
 */
export class AnswerPace {
  private readonly latest = new Map<string, { readonly at: number; readonly ms: number }>();

  /** @param ms how long a guest took for its answer, or has been given for it in vain. */
  note(guest: string, ms: number): void {
    const at = performance.now();
    this.latest.delete(guest);
    this.latest.set(guest, { at, ms });
    // The first were noted first.
    for (const [known, { at: then }] of this.latest) {
      if (at - then <= RECENT_MS) break;
      this.latest.delete(known);
    }
  }

  /** Whether most of the guests that were asked lately took long. */
  get isSlow(): boolean {
    const since = performance.now() - RECENT_MS;
    const times = [...this.latest.values()].filter(({ at }) => at >= since).map(({ ms }) => ms);
    const slow = times.filter((ms) => ms > SLOW_MS).length;
    return times.length >= LEAST_GUESTS && slow > times.length / 2;
  }
}
