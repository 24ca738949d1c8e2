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
import { AddressBuckets, type Limit } from './address-buckets.js';

const LIMIT = Symbol('RateLimit');

/**
 * Counts per route and address in memory. A restart forgives, which the counts that protect an account or a link do
 * not: those are in the database.
 */
@Injectable()
export class AddressRateLimit implements CanActivate {
  private readonly buckets: AddressBuckets;

  constructor(
    private readonly reflector: Reflector,
    clock: Clock,
  ) {
    this.buckets = new AddressBuckets(clock);
  }

  canActivate(context: ExecutionContext): boolean {
    const limit = this.reflector.get<Limit>(LIMIT, context.getHandler());
    const { ip = '' } = context.switchToHttp().getRequest<Request>();
    const route = `${context.getClass().name}.${context.getHandler().name}`;
    const retryAfter = this.buckets.take(ip, limit, route);
    if (retryAfter > 0) throw new Problem('kernel.too-many-requests', { extensions: { retryAfter } });
    return true;
  }
}

/** Lets one address use this route so many times in so many minutes. */
export const RateLimited = (times: number, minutes = 1) =>
  applyDecorators(
    SetMetadata(LIMIT, { times, windowMs: minutes * 60_000 } satisfies Limit),
    UseGuards(AddressRateLimit),
  );
