import { egressText, type EgressTarget } from '@vitrine/session-host';

/** What one guest did with one computer outside. */
export interface EgressCount {
  allowed: number;
  refused: number;
  bytesOut: number;
  bytesIn: number;
}

/** Names that a guest makes up; the rest of them is counted together. */
const MOST_REFUSED_NAMES = 16;
/** What is no name, and names beyond those. No target is written like this. */
export const OTHERS = '(others)';

/** Counts by computer. However often a guest tries, there are only so many lines. */
export class EgressTally {
  private readonly counts = new Map<string, EgressCount>();
  private refusedNames = 0;

  /** The count of a target of the list. */
  of(target: EgressTarget): EgressCount {
    return this.at(egressText(target));
  }

  refuse(target: EgressTarget | undefined): void {
    let name = target ? egressText(target) : OTHERS;
    if (name !== OTHERS && !this.counts.has(name) && ++this.refusedNames > MOST_REFUSED_NAMES) name = OTHERS;
    this.at(name).refused++;
  }

  entries(): readonly (readonly [string, Readonly<EgressCount>])[] {
    return [...this.counts];
  }

  private at(name: string): EgressCount {
    const known = this.counts.get(name);
    if (known) return known;
    const made = { allowed: 0, refused: 0, bytesOut: 0, bytesIn: 0 };
    this.counts.set(name, made);
    return made;
  }
}
