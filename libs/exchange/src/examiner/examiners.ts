import { Injectable } from '@nestjs/common';
import { Examiner } from './examiner.js';

/** Gives each import an examiner of its own: what takes one over sees no other patient's files. */
@Injectable()
export class Examiners {
  create(): Examiner {
    return new Examiner();
  }
}
