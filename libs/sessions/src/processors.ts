import { cpus } from 'node:os';
import { Injectable } from '@nestjs/common';

/** The processors of this host, on which the guests run as well. */
@Injectable()
export class Processors {
  /** How busy all of them are together from now until the answer is asked for, 0 to 1. */
  watch(): () => number {
    const before = spent();
    return () => {
      const after = spent();
      const all = after.all - before.all;
      return all > 0 ? 1 - (after.idle - before.idle) / all : 0;
    };
  }
}

/** Milliseconds since the host started, of all processors together. */
function spent(): { readonly all: number; readonly idle: number } {
  const times = cpus().map((one) => one.times);
  const sum = (some: readonly number[]) => some.reduce((total, ms) => total + ms, 0);
  return { all: sum(times.flatMap((one) => Object.values(one))), idle: sum(times.map(({ idle }) => idle)) };
}
