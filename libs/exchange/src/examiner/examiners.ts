import { Injectable } from '@nestjs/common';
import { UploadStore } from '../uploads/upload-store.js';
import { Examiner } from './examiner.js';

/** Gives each import an examiner of its own: what takes one over sees no other patient's files. */
@Injectable()
export class Examiners {
  constructor(private readonly uploads: UploadStore) {}

  create(): Examiner {
    return new Examiner(this.uploads.folder);
  }
}
