import { Injectable, type PipeTransform } from '@nestjs/common';
import { isId, Problem } from '@vitrine/kernel';

/** An id in a path. One that cannot be ours is answered like one that is not there. */
@Injectable()
export class IdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!isId(value)) throw new Problem('delegation.not-visible');
    return value;
  }
}
