import { RecordCopier } from '../src/local/record-copier.js';

/** For hosts of tests that show nothing. */
export class ForgetfulCopier extends RecordCopier {
  override layOut(): Promise<void> {
    return Promise.resolve();
  }
}
