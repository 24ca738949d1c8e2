import { isIPv6 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Clock } from '@vitrine/kernel';

export interface Limit {
  readonly times: number;
  readonly windowMs: number;
}

interface Bucket {
  left: number;
  filledAt: number;
}

// A flood from many addresses must not fill the memory; the ones longest unseen are forgotten first.
const REMEMBERED = 50_000;

/** Buckets in memory that refill steadily, for what an address may do only so often. A restart forgives. */
@Injectable()
export class AddressBuckets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly clock: Clock) {}

  /** In how many seconds there is one again; 0 when there is one now. Takes nothing. */
  waitSeconds(address: string, limit: Limit, what = ''): number {
    return this.wait(this.filled(address, limit, what), limit);
  }

  /** Takes one; otherwise answers as `waitSeconds`. */
  take(address: string, limit: Limit, what = ''): number {
    const bucket = this.filled(address, limit, what);
    const wait = this.wait(bucket, limit);
    if (wait === 0) bucket.left -= 1;
    return wait;
  }

  private filled(address: string, { times, windowMs }: Limit, what: string): Bucket {
    const key = `${what} ${network(address)}`;
    const now = this.clock.now().getTime();
    const bucket = this.buckets.get(key) ?? { left: times, filledAt: now };
    const refill = (Math.max(0, now - bucket.filledAt) * times) / windowMs;
    bucket.left = Math.min(times, bucket.left + refill);
    bucket.filledAt = now;
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    const oldest = this.buckets.keys().next().value;
    if (this.buckets.size > REMEMBERED && oldest !== undefined) this.buckets.delete(oldest);
    return bucket;
  }

  private wait({ left }: Bucket, { times, windowMs }: Limit): number {
    return left < 1 ? Math.ceil(((1 - left) * windowMs) / times / 1000) : 0;
  }
}

/** One customer of IPv6 has a whole /64 of addresses. */
const network = (address: string): string => {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::');
  const left = head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::') ? 8 - left.length - right.length : 0;
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4).join(':');
};
