import { hash, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { newSecret } from '@vitrine/kernel';
import { Semaphore } from './semaphore.js';

// OWASP's first choice for argon2id: 19 MiB, two passes, one lane; about 20 ms here.
// `algorithm: 2` is argon2id; the package's enum exists only in its types.
const ARGON2ID = { algorithm: 2, memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } as const;
// 32 at once took 1.1 s and all cores from the running viewers; two at once leave room for them.
const AT_ONCE = 2;
const MAY_WAIT = 64;

/** Turns passwords and passcodes into argon2id hashes in PHC format and checks them, a few at a time. */
@Injectable()
export class PasswordHasher {
  private readonly semaphore = new Semaphore(AT_ONCE, MAY_WAIT);
  private decoy: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.semaphore.run(() => hash(password.normalize('NFC'), ARGON2ID));
  }

  verify(storedHash: string, password: string): Promise<boolean> {
    return this.semaphore.run(() => verify(storedHash, password.normalize('NFC')));
  }

  /** Takes as long as `verify` and is never true: for an account that does not exist. */
  async verifyNothing(password: string): Promise<false> {
    this.decoy ??= this.hash(newSecret());
    await this.verify(await this.decoy, password);
    return false;
  }
}
