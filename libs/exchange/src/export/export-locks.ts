import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, newId, Problem } from '@vitrine/kernel';
import { WinZipAes } from './winzip-aes.js';

interface Lock {
  readonly patientId: string;
  readonly passphrase: string;
  readonly key: Buffer;
  readonly until: string;
}

const GOOD_FOR_MS = 12 * 60 * 60_000;
const KEPT_PER_PATIENT = 4;

/**
 * Passphrases for downloads that are sealed. A passphrase must not be part of an address, and a download that was cut
 * needs it again, so it is kept in memory for some hours, and nowhere else: a restart forgets it.
 */
@Injectable()
export class ExportLocks {
  private readonly locks = new Map<string, Lock>();

  constructor(private readonly clock: Clock) {}

  /** @param passphrase printable ASCII: programs do not agree how anything else is written. */
  make(patientId: string, passphrase: string): { readonly id: string; readonly until: string } {
    const now = this.clock.instant();
    for (const [id, lock] of this.locks) if (lock.until <= now) this.locks.delete(id);
    const own = [...this.locks].filter(([, lock]) => lock.patientId === patientId);
    for (const [id] of own.slice(0, Math.max(0, own.length + 1 - KEPT_PER_PATIENT))) this.locks.delete(id);
    const id = newId();
    const until = this.clock.inMs(GOOD_FOR_MS);
    this.locks.set(id, { patientId, passphrase, key: randomBytes(32), until });
    return { id, until };
  }

  /** How to seal the archive with this validator. Another patient's lock, or one that is over, is not there. */
  sealer(patientId: string, lockId: string, etag: string): WinZipAes {
    const lock = this.locks.get(lockId);
    if (lock?.patientId !== patientId || lock.until <= this.clock.instant())
      throw new Problem('delegation.not-visible');
    // Other content has another validator, and so other salts.
    return new WinZipAes(lock.passphrase, createHmac('sha256', lock.key).update(etag).digest());
  }
}
