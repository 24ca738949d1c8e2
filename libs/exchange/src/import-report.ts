import type { InstanceFacts } from '@vitrine/dicom';
import { PROBLEMS, type ProblemCode } from '@vitrine/kernel';
import type { FileOutcome } from '@vitrine/records';
import type { ImportNote } from './import.entity.js';

const NOTES_KEPT = 200;

const MESSAGES = {
  'exchange.ignored': 'This belongs to the disc and not to your record, so it was left out.',
  'exchange.duplicate': 'This is in the record already.',
  hidden:
    'This file holds more than it shows, such as another file or a small program. It was kept as it came. Nothing in it is ever run, and it is only opened in a closed viewer.',
  differs: 'The record has another version of this image. Both were kept, and nothing was replaced.',
  'other-person':
    'These images say that they are of another person than others of the same examination. They were kept apart.',
  'lonely-index':
    'This is an index. It is only of use together with the file that it belongs to, so it was not added.',
  empty: 'This file is empty, so it was not added.',
  unscanned: 'This file is larger than the virus scanner takes. It was added without being looked at by it.',
  nested: 'This is a ZIP file deep inside of other ZIP files, so it was not unpacked.',
  'left-behind':
    'Some of what lay there was left behind: it is of a kind that a record does not hold, too large, or one too many.',
  unkept: 'It could not be stored because of a fault on our side. Please tell the operator.',
  gone: 'It lay in memory until the viewer was closed, and that memory was lost before: the server stopped.',
  unfinished: 'Some files did not arrive completely, so they were not added. Please add them again.',
  'empty-entries': 'The empty files in this ZIP file were left out.',
} as const;

/** Why one file was not taken, with what is known of it. */
export interface Refusal {
  readonly untrustedName: string;
  readonly code: ProblemCode;
  readonly dicom?: InstanceFacts;
}

/** Gathers what the person who added files has to know: each refused file by name and with a plain reason. */
export class ImportReport {
  readonly notes: ImportNote[];
  omitted: number;
  /** All of them, also those that the notes have no room for. */
  readonly refusals: Refusal[];
  duplicates = 0;

  /** @param before what was noted so far: a transaction that is run again begins from it each time. */
  constructor(before?: Pick<ImportReport, 'notes' | 'omitted' | 'refusals'>) {
    this.notes = [...(before?.notes ?? [])];
    this.omitted = before?.omitted ?? 0;
    this.refusals = [...(before?.refusals ?? [])];
  }

  refused(untrustedName: string, code: ProblemCode, dicom?: InstanceFacts): void {
    this.refusals.push({ untrustedName, code, ...(dicom === undefined ? {} : { dicom }) });
    this.add(untrustedName, code, PROBLEMS[code].message);
  }

  infected(untrustedName: string, signature: string, dicom?: InstanceFacts): void {
    const code = 'exchange.malware-found';
    this.refusals.push({ untrustedName, code, ...(dicom === undefined ? {} : { dicom }) });
    this.add(untrustedName, code, PROBLEMS[code].message, signature);
  }

  ignored(untrustedName: string): void {
    this.add(untrustedName, 'exchange.ignored', MESSAGES['exchange.ignored']);
  }

  flagged(untrustedName: string): void {
    this.add(untrustedName, 'exchange.hidden-content', MESSAGES.hidden);
  }

  say(untrustedName: string, code: ImportNote['code'], what: keyof typeof MESSAGES): void {
    this.add(untrustedName, code, MESSAGES[what]);
  }

  /** Duplicates are counted and not listed: somebody who adds a disc twice knows what is on it. */
  outcome({ untrustedName, outcome }: FileOutcome): void {
    if (outcome === 'duplicate') this.duplicates++;
    else if (outcome === 'lonely-index') this.say(untrustedName, 'exchange.ignored', outcome);
    else this.say(untrustedName, 'exchange.flagged', outcome);
  }

  private add(untrustedName: string, code: ImportNote['code'], message: string, detail?: string): void {
    if (this.notes.length < NOTES_KEPT)
      this.notes.push({ untrustedName, code, message, ...(detail === undefined ? {} : { detail }) });
    else this.omitted++;
  }
}
