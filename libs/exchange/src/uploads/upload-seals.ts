import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Problem } from '@vitrine/kernel';
import { contextOf, derivedKey, type SealingTerms } from '@vitrine/sealing';
import { KeyRing } from '@vitrine/vault';
import { Import } from '../import.entity.js';

/**
 * How uploads are sealed while they wait: each under a key of its own, derived from a key of the patient, so that
 * nothing has to be kept beside it and an upload goes on after a restart.
 */
@Injectable()
export class UploadSeals {
  constructor(
    @InjectRepository(Import) private readonly imports: Repository<Import>,
    private readonly keys: KeyRing,
  ) {}

  /** Gives the terms of each upload of one import. Throws `delegation.not-visible` for an import that is not there. */
  async ofImport(importId: string): Promise<(uploadId: string) => SealingTerms> {
    const found = await this.imports.findOne({ select: { patientId: true }, where: { id: importId } });
    if (found === null) throw new Problem('delegation.not-visible');
    const { key } = await this.keys.forWriting(found.patientId, 'upload');
    return (uploadId) => {
      const context = contextOf('upload', uploadId);
      return { key: derivedKey(key, context), context };
    };
  }

  /**
   * The key of a pack. Its owner is the patient to whom it goes, or the account that sends where the patient is not
   * known yet; an account has keys like a patient's.
   */
  async ofPack(packName: string, keyOwnerId: string): Promise<KeyObject> {
    const { key } = await this.keys.forWriting(keyOwnerId, 'upload');
    return derivedKey(key, contextOf('pack', packName));
  }
}
