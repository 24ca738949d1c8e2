import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '@vitrine/kernel';

export const DICOMWEB_PREFIX = 'dicom-web';

/** Addresses of resources (PS3.18 table 10.1-1) as clients reach them. */
@Injectable()
export class DicomwebUrls {
  readonly base: string;

  constructor(@Inject(SETTINGS) { publicUrl }: Settings) {
    this.base = `${publicUrl}/api/${DICOMWEB_PREFIX}`;
  }

  study(study: string): string {
    return `${this.base}/studies/${study}`;
  }

  series(study: string, series: string): string {
    return `${this.study(study)}/series/${series}`;
  }

  instance(study: string, series: string, instance: string): string {
    return `${this.series(study, series)}/instances/${instance}`;
  }
}
