import {
  STATUS,
  StatusError,
  type Destination,
  type DimseService,
  type Match,
  type OutgoingObject,
  type Query,
  type Reader,
  type Visit,
} from '../src/dimse-service.js';
import { isStorageClass } from '../src/sop-classes.js';

/** Lets everybody read what the test put into it. */
export class ReadingService implements DimseService {
  readonly matches: Match[] = [];
  readonly objects: OutgoingObject[] = [];
  readonly destinations = new Map<string, Destination>();
  readonly queries: Query[] = [];
  visits = 0;

  admit(): Promise<Visit> {
    this.visits++;
    return Promise.resolve({
      agree: ({ abstractSyntax, transferSyntaxes: [transferSyntax], role }) =>
        isStorageClass(abstractSyntax) && !role.scp
          ? undefined
          : { transferSyntax, role: { scu: !role.scp, scp: role.scp } },
      store: () => Promise.reject(new StatusError(STATUS.notAuthorized, 'for reading only')),
      reader: this.reader(),
      end: () => {
        this.visits--;
      },
    });
  }

  private reader(): Reader {
    const { matches, queries } = this;
    return {
      callingAeTitle: 'TEST',
      find: async function* (query) {
        queries.push(query);
        for (const match of matches) yield await Promise.resolve(match);
      },
      retrieve: (query) => {
        queries.push(query);
        return Promise.resolve(this.objects);
      },
      destination: (aeTitle) => {
        const found = this.destinations.get(aeTitle);
        return found === undefined
          ? Promise.reject(new StatusError(STATUS.moveDestinationUnknown, 'unknown'))
          : Promise.resolve(found);
      },
    };
  }
}
