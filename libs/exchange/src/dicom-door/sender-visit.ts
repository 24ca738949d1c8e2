import { isUid } from '@vitrine/dicom';
import {
  isStorageClass,
  part10Header,
  STATUS,
  StatusError,
  type AnnouncedObject,
  type ObjectSink,
  type Proposal,
  type Terms,
  type Visit,
} from '@vitrine/dimse';
import { refusalOf, type ArrivingFile, type ArrivingFiles } from '../arrivals/arriving-files.js';
import type { Destination } from '../arrivals/arrivals.js';

/** One association of somebody who sends. */
export class SenderVisit implements Visit {
  constructor(
    private readonly files: ArrivingFiles,
    private readonly destination: Destination,
    private readonly callingAeTitle: string,
    private readonly onEnd: () => void,
  ) {}

  /** The requestor's first encoding is taken: it names first what it has, and then nothing is converted. */
  agree({ abstractSyntax, transferSyntaxes }: Proposal): Terms | undefined {
    if (!isStorageClass(abstractSyntax)) return undefined;
    return { transferSyntax: transferSyntaxes[0], role: { scu: true, scp: false } };
  }

  async store(object: AnnouncedObject): Promise<ObjectSink> {
    const { sopInstanceUid } = object;
    if (!isUid(sopInstanceUid))
      throw new StatusError(STATUS.invalidSopInstance, 'The SOP instance UID is none.');
    const file = await this.files.begin(this.destination, `${sopInstanceUid}.dcm`).catch(asStatus);
    const sink = sinkOf(file);
    try {
      await sink.write(part10Header({ ...object, sourceAeTitle: this.callingAeTitle }));
    } catch (error) {
      await sink.discard();
      throw error;
    }
    return sink;
  }

  end(): void {
    this.files.end();
    this.onEnd();
  }
}

const sinkOf = (file: ArrivingFile): ObjectSink => ({
  write: (fragment) => file.write(fragment).catch(asStatus),
  finish: () => file.finish().catch(asStatus),
  discard: () => file.discard(),
});

/** Failures that the other side can do something about, or later; everything else is a bug and is thrown on. */
function asStatus(error: unknown): never {
  switch (refusalOf(error)) {
    case 'code-ended':
      throw new StatusError(STATUS.notAuthorized, 'The deposit code does not work any more.');
    case 'no-room':
      throw new StatusError(STATUS.outOfResources, 'There is no room for this.');
    case undefined:
      throw error;
  }
}
