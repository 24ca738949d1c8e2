import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { UploadStore } from '../uploads/upload-store.js';
import { Examiner } from './examiner.js';

const IDLE_MS = 10_000;
const IDLE_AT_ONCE = 4;

/**
 * Gives each sender an examiner of its own: what takes one over sees no other person's files. It waits a moment for
 * the next import of the same sender, since a scanner sends a series image by image and a process takes longer to
 * start than an image to read.
 */
@Injectable()
export class Examiners implements OnModuleDestroy {
  private readonly idle = new Map<string, { readonly examiner: Examiner; readonly timer: NodeJS.Timeout }>();

  private ended = false;

  constructor(private readonly uploads: UploadStore) {}

  /** @param sender who sends, and into whose record. Whoever borrows it gives it back. */
  lend(sender: string): Examiner {
    const waiting = this.idle.get(sender);
    if (waiting === undefined) return new Examiner(this.uploads.folder);
    clearTimeout(waiting.timer);
    this.idle.delete(sender);
    return waiting.examiner;
  }

  giveBack(sender: string, examiner: Examiner): void {
    if (this.ended || this.idle.has(sender) || this.idle.size >= IDLE_AT_ONCE) {
      examiner.close();
      return;
    }
    const timer = setTimeout(() => {
      this.idle.delete(sender);
      examiner.close();
    }, IDLE_MS);
    timer.unref();
    this.idle.set(sender, { examiner, timer });
  }

  onModuleDestroy(): void {
    this.ended = true;
    for (const { examiner, timer } of this.idle.values()) {
      clearTimeout(timer);
      examiner.close();
    }
    this.idle.clear();
  }
}
