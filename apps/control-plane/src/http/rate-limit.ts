import { isIPv6 } from 'node:net';
import {
  applyDecorators,
  Injectable,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { Clock, Problem } from '@vitrine/kernel';

interface Limit {
  readonly times: number;
  readonly windowMs: number;
}

interface Bucket {
  left: number;
  filledAt: number;
}

const LIMIT = Symbol('RateLimit');
// A flood from many addresses must not fill the memory; the ones longest unseen are forgotten first.
const REMEMBERED = 50_000;

/**
 * Counts per route and address in memory: a bucket that refills steadily. A restart forgives, which the counts that
 * protect an account or a link do not: those are in the database.
 */
@Injectable()
export class AddressRateLimit implements CanActivate {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly reflector: Reflector,
    private readonly clock: Clock,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const limit = this.reflector.get<Limit>(LIMIT, context.getHandler());
    const address = network(context.switchToHttp().getRequest<Request>().ip ?? '');
    const waitMs = this.take(`${context.getClass().name}.${context.getHandler().name} ${address}`, limit);
    if (waitMs > 0)
      throw new Problem('kernel.too-many-requests', {
        extensions: { retryAfter: Math.ceil(waitMs / 1000) },
      });
    return true;
  }

  /** Takes one from the bucket; otherwise says in how many milliseconds there is one again. */
  private take(key: string, { times, windowMs }: Limit): number {
    const now = this.clock.now().getTime();
    const bucket = this.buckets.get(key) ?? { left: times, filledAt: now };
    const refill = (Math.max(0, now - bucket.filledAt) * times) / windowMs;
    bucket.left = Math.min(times, bucket.left + refill);
    bucket.filledAt = now;
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    const oldest = this.buckets.keys().next().value;
    if (this.buckets.size > REMEMBERED && oldest !== undefined) this.buckets.delete(oldest);
    if (bucket.left < 1) return Math.ceil(((1 - bucket.left) * windowMs) / times);
    bucket.left -= 1;
    return 0;
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

/** Lets one address use this route so many times in so many minutes. */
export const RateLimited = (times: number, minutes = 1) =>
  applyDecorators(
    SetMetadata(LIMIT, { times, windowMs: minutes * 60_000 } satisfies Limit),
    UseGuards(AddressRateLimit),
  );
