import type { KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { Clock, Problem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { contextOf, newKey, unwrapKey, wrapKey } from '@vitrine/sealing';
import { brokenIsDamage } from '../damage.js';
import { KEY_PROVIDER, type KeyProvider } from './key-provider.js';
import { PartitionKey } from './partition-key.entity.js';
import type { KeyPurpose } from './partition.js';
import { PatientKey } from './patient-key.entity.js';

export interface VersionedKey {
  readonly version: number;
  readonly key: KeyObject;
}

/** Keys that are kept unwrapped; those that were used longest ago go first. */
const KEPT = 2000;

/**
 * The keys of all patients: the provider's key wraps the key of a patient, that the keys of the patient's purposes,
 * and those the key of each blob. Unwrapped keys live in the memory of this process only. The account of a provider, whose
 * inbox holds studies of patients not known yet, has keys in the same way, under its own id.
 */
@Injectable()
export class KeyRing {
  private readonly kept = new Map<string, KeyObject>();
  /** Version for new bytes by patient and purpose. Only this ring makes keys, so it knows when there is a newer one. */
  private readonly latest = new Map<string, number>();

  constructor(
    @Inject(KEY_PROVIDER) private readonly provider: KeyProvider,
    @InjectRepository(PatientKey) private readonly patientKeys: Repository<PatientKey>,
    private readonly transactor: Transactor,
    private readonly clock: Clock,
  ) {}

  /** The key for new bytes; made, with the patient's, when it is the first of its purpose. */
  async forWriting(patientId: string, purpose: KeyPurpose): Promise<VersionedKey> {
    const place = placeOf(patientId, purpose);
    const version = this.latest.get(place) ?? (await latest(this.patientKeys.manager, patientId, purpose));
    if (version === undefined) return this.add(patientId, purpose, (there) => there ?? 1);
    const key = await this.forReading(patientId, purpose, version);
    this.remember(place, version);
    return { version, key };
  }

  /** Throws `vault.damaged` when the key is gone, which is for good, or is not what was stored. */
  async forReading(patientId: string, purpose: KeyPurpose, version: number): Promise<KeyObject> {
    const name = nameOf(patientId, purpose, version);
    const kept = this.kept.get(name);
    if (kept !== undefined) {
      this.keep(name, kept);
      return kept;
    }
    const { manager } = this.patientKeys;
    const row = await manager.findOneBy(PartitionKey, { patientId, purpose, version });
    if (row === null) throw new Problem('vault.damaged');
    const key = await this.unwrap(manager, row);
    this.keep(name, key);
    return key;
  }

  /** New bytes get a new key from now on; what is stored stays under the key that it has. */
  async renew(patientId: string, purpose: KeyPurpose): Promise<VersionedKey> {
    const renewed = await this.add(patientId, purpose, (there) => (there ?? 0) + 1);
    this.remember(placeOf(patientId, purpose), renewed.version);
    return renewed;
  }

  /**
   * Deletes the patient's keys within the caller's transaction: with its commit everything that is stored of the
   * patient is noise, wherever copies of it lie. Call `forget` after it.
   */
  async destroy(manager: EntityManager, patientId: string): Promise<void> {
    await manager.delete(PartitionKey, { patientId });
    await manager.delete(PatientKey, { patientId });
  }

  /** Drops the patient's keys from memory. */
  forget(patientId: string): void {
    for (const known of [this.kept, this.latest])
      for (const name of known.keys()) if (name.startsWith(`${patientId} `)) known.delete(name);
  }

  private add(
    patientId: string,
    purpose: KeyPurpose,
    choose: (there: number | undefined) => number,
  ): Promise<VersionedKey> {
    return this.transactor.run(async (manager) => {
      const there = await latest(manager, patientId, purpose);
      const version = choose(there);
      // Another request made it in the meantime.
      if (version === there) return { version, key: await this.forReading(patientId, purpose, version) };
      const patient = await this.patientKey(manager, patientId);
      const key = newKey();
      await manager.insert(PartitionKey, {
        patientId,
        purpose,
        version,
        patientKeyVersion: patient.version,
        wrappedKey: wrapKey(patient.key, key, contextOf('partition key', patientId, purpose, version)),
        createdAt: this.clock.instant(),
      });
      return { version, key };
    });
  }

  private async patientKey(manager: EntityManager, patientId: string): Promise<VersionedKey> {
    const there = await manager.findOne(PatientKey, { where: { patientId }, order: { version: 'DESC' } });
    if (there !== null) return { version: there.version, key: await this.unwrapPatientKey(there) };
    const key = newKey();
    const version = 1;
    await manager.insert(PatientKey, {
      patientId,
      version,
      keyEncryptionKeyId: this.provider.id,
      wrappedKey: await this.provider.wrap(key, patientKeyContext(patientId, version)),
      createdAt: this.clock.instant(),
    });
    return { version, key };
  }

  private async unwrap(manager: EntityManager, row: PartitionKey): Promise<KeyObject> {
    const { patientId, purpose, version, patientKeyVersion, wrappedKey } = row;
    const patientKey = await manager.findOneBy(PatientKey, { patientId, version: patientKeyVersion });
    if (patientKey === null) throw new Problem('vault.damaged');
    const outer = await this.unwrapPatientKey(patientKey);
    const context = contextOf('partition key', patientId, purpose, version);
    // eslint-disable-next-line @typescript-eslint/require-await
    return brokenIsDamage(async () => unwrapKey(outer, wrappedKey, context));
  }

  private unwrapPatientKey({ patientId, version, wrappedKey }: PatientKey): Promise<KeyObject> {
    return brokenIsDamage(() => this.provider.unwrap(wrappedKey, patientKeyContext(patientId, version)));
  }

  private keep(name: string, key: KeyObject): void {
    putLast(this.kept, name, key);
  }

  /** Never goes back: who asked before another renewed the key may hear of it later. */
  private remember(place: string, version: number): void {
    putLast(this.latest, place, Math.max(version, this.latest.get(place) ?? 0));
  }
}

function putLast<T>(kept: Map<string, T>, name: string, value: T): void {
  kept.delete(name);
  kept.set(name, value);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
}

export const patientKeyContext = (patientId: string, version: number): Buffer =>
  contextOf('patient key', patientId, version);

const placeOf = (patientId: string, purpose: KeyPurpose): string => `${patientId} ${purpose}`;

const nameOf = (patientId: string, purpose: KeyPurpose, version: number): string =>
  `${patientId} ${purpose} ${version}`;

async function latest(
  manager: EntityManager,
  patientId: string,
  purpose: KeyPurpose,
): Promise<number | undefined> {
  const row = await manager.findOne(PartitionKey, {
    select: { version: true },
    where: { patientId, purpose },
    order: { version: 'DESC' },
  });
  return row?.version;
}
