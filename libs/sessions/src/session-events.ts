import { Injectable } from '@nestjs/common';
import { filter, map, Subject, type Observable } from 'rxjs';

/** Tells this process that a session changed. What it became is read from the store. */
@Injectable()
export class SessionEvents {
  private readonly changed = new Subject<string>();

  emit(sessionId: string): void {
    this.changed.next(sessionId);
  }

  of(sessionId: string): Observable<void> {
    return this.changed.pipe(
      filter((id) => id === sessionId),
      map(() => undefined),
    );
  }
}
