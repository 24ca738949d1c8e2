import { Injectable } from '@nestjs/common';
import { sooner } from '@vitrine/kernel';
import type { RecordFile } from '@vitrine/records';
import { SessionHost, THUMBNAIL_SIDE, type PictureJob } from '@vitrine/session-host';
import { VaultService } from '@vitrine/vault';
import { readPlainPicture, type PlainPicture } from './plain-picture.js';

const TIME_LIMIT_MS = 60_000;

/** Has one file drawn in a guest without network that lives for this one picture. */
@Injectable()
export class PictureGuest {
  constructor(
    private readonly vault: VaultService,
    private readonly host: SessionHost,
  ) {}

  /** Undefined where no picture can be made of the file. Throws what the engine does. */
  async draw(
    { patientId, blobId }: Pick<RecordFile, 'patientId' | 'blobId'>,
    job: PictureJob,
    signal: AbortSignal,
  ): Promise<PlainPicture | undefined> {
    const inTime = sooner(signal, AbortSignal.timeout(TIME_LIMIT_MS));
    let untrustedPicture: Buffer | undefined;
    await this.vault.lend(patientId, [blobId], inTime, async ([object]) => {
      if (object) untrustedPicture = await this.host.draw(patientId, object, job, { signal: inTime });
    });
    const longestSide = job.kind === 'render' ? Math.max(job.width, job.height) : THUMBNAIL_SIDE;
    return untrustedPicture && readPlainPicture(untrustedPicture, longestSide);
  }
}
