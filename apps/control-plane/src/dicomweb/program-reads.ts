import { Injectable } from '@nestjs/common';
import { ProgramActs, type KnownProgram } from '@vitrine/delegation';
import { isUid } from '@vitrine/dicom';
import { Problem } from '@vitrine/kernel';
import { ImageIndex, type KeptInstance } from '@vitrine/records';

/** The UIDs of an address, as they came. */
export interface InstancePath {
  readonly study?: string;
  readonly series?: string;
  readonly instance?: string;
}

export const SERIES_PATH = 'studies/:study/series/:series';
export const INSTANCE_PATH = `${SERIES_PATH}/instances/:instance`;

/** What a program may fetch of what its address names, and the line about it. */
@Injectable()
export class ProgramReads {
  constructor(
    private readonly images: ImageIndex,
    private readonly acts: ProgramActs,
  ) {}

  /** At least one. Throws `delegation.not-visible`, and `kernel.invalid` for what is no UID. */
  async find(program: KnownProgram, path: InstancePath): Promise<KeptInstance[]> {
    const { study, series, instance } = path;
    if ([study, series, instance].some((uid) => uid !== undefined && !isUid(uid)))
      throw new Problem('kernel.invalid');
    const found = await this.images.instances(program.patient.id, { study, series, instance });
    if (found.length === 0) throw new Problem('delegation.not-visible');
    return found;
  }

  async findOne(program: KnownProgram, path: InstancePath): Promise<KeptInstance> {
    const [one] = await this.find(program, path);
    if (one === undefined) throw new Problem('delegation.not-visible');
    return one;
  }

  async note(program: KnownProgram, found: readonly KeptInstance[]): Promise<void> {
    const items = [...new Set(found.map(({ itemId }) => itemId))];
    await this.acts.note(
      program,
      'record.read',
      items.map((id) => ({ kind: 'item', id })),
    );
  }
}
