import { tmpdir } from 'node:os';
import { Examiner } from '../src/examiner/examiner.js';
import { Examiners } from '../src/examiner/examiners.js';

/** One for all tests of a file, since a process that loads TypeScript takes seconds to start. */
export class SharedExaminer extends Examiner {
  override close(): void {
    // Outlives the import.
  }

  end(): void {
    super.close();
  }
}

export const sharedExaminer = new SharedExaminer({ work: tmpdir() });

/** Lends that one to everybody. */
export class SharedExaminers extends Examiners {
  override lend(): Examiner {
    return sharedExaminer;
  }

  override giveBack(): void {
    // It stays.
  }
}
