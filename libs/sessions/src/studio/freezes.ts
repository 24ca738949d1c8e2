import { Injectable } from '@nestjs/common';

/** Builds that stand still at this moment, since an image is being made of them. Gone with the process, as is the wish. */
@Injectable()
export class Freezes {
  private readonly ids = new Set<string>();

  has(sessionId: string): boolean {
    return this.ids.has(sessionId);
  }

  /** Undefined, without doing anything, where one is under way. */
  async during<T>(sessionId: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.ids.has(sessionId)) return undefined;
    this.ids.add(sessionId);
    try {
      return await work();
    } finally {
      this.ids.delete(sessionId);
    }
  }
}
