import type { AssociateRequest } from '../src/associate-request.js';
import type { AnnouncedObject, DimseService, ObjectSink, Visit } from '../src/dimse-service.js';
import type { Rejection } from '../src/pdu-writer.js';
import { isStorageClass } from '../src/sop-classes.js';

export interface KeptObject extends AnnouncedObject {
  readonly bytes: Buffer;
}

/** Keeps objects in memory and remembers what was asked of it. */
export class MemoryService implements DimseService {
  readonly requests: AssociateRequest[] = [];
  readonly objects: KeptObject[] = [];
  discarded = 0;
  visits = 0;
  refusal: Rejection | undefined;
  /** Runs before an object is taken, before each fragment and before the end. */
  onStore: () => Promise<void> = () => Promise.resolve();
  onWrite: () => Promise<void> = () => Promise.resolve();
  onFinish: () => Promise<void> = () => Promise.resolve();

  admit(request: AssociateRequest): Promise<Visit | Rejection> {
    this.requests.push(request);
    if (this.refusal !== undefined) return Promise.resolve(this.refusal);
    this.visits++;
    return Promise.resolve({
      agree: ({ abstractSyntax, transferSyntaxes: [transferSyntax] }) =>
        isStorageClass(abstractSyntax) ? { transferSyntax, role: { scu: true, scp: false } } : undefined,
      store: (object: AnnouncedObject) => this.store(object),
      end: () => {
        this.visits--;
      },
    });
  }

  private async store(object: AnnouncedObject): Promise<ObjectSink> {
    await this.onStore();
    const parts: Buffer[] = [];
    return {
      write: async (fragment) => {
        await this.onWrite();
        parts.push(Buffer.from(fragment));
      },
      finish: async () => {
        await this.onFinish();
        this.objects.push({ ...object, bytes: Buffer.concat(parts) });
      },
      discard: () => {
        this.discarded++;
        return Promise.resolve();
      },
    };
  }
}
