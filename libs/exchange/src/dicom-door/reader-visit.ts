import { IDENTIFIER_SYNTAXES, readIdentifier, writeMatch, type QueryIdentifier } from '@vitrine/dicom';
import {
  isStorageClass,
  QUERY_CLASSES,
  STATUS,
  StatusError,
  type Destination,
  type Match,
  type ObjectSink,
  type OutgoingObject,
  type Proposal,
  type Query,
  type Reader,
  type Terms,
  type Visit,
} from '@vitrine/dimse';
import { storedDataSet, type ImageIndex, type ImageKind, type KeptInstance } from '@vitrine/records';
import type { VaultService } from '@vitrine/vault';
import type { DicomNodes } from './dicom-nodes.service.js';
import type { KnownReader, ReadingAddresses } from './reading-addresses.service.js';

/** More matches than anybody looks through (C-FIND has no pages). */
const MOST_MATCHES = 20_000;

const ASKS = { scu: true, scp: false };
const RECEIVES = { scu: false, scp: true };

/** What a level is named by, from the outermost on (PS3.4 §C.6.1.1, §C.6.2.1). */
const UNIQUE_KEYS = {
  patient: '00100020',
  study: '0020000D',
  series: '0020000E',
  instance: '00080018',
} as const;

/** What a visit that reads is made of. */
export interface ReaderVisitParts {
  readonly addresses: ReadingAddresses;
  readonly nodes: DicomNodes;
  readonly images: ImageIndex;
  readonly vault: VaultService;
}

/** One association of a system that may read one record: searches it and is sent what lies there, as it lies there. */
export class ReaderVisit implements Visit, Reader {
  readonly reader = this;
  readonly callingAeTitle: string;
  private readonly patientId: string;
  /** Kinds of objects, each a class and its encoding, for which there is no context yet. */
  private readonly waiting: Set<string>;
  private searched = false;

  /** @param kinds of what lies in the record, so that contexts are agreed on in which it can be sent. */
  constructor(
    private readonly known: KnownReader,
    private readonly calledAeTitle: string,
    kinds: readonly ImageKind[],
    private readonly parts: ReaderVisitParts,
    private readonly onEnd: () => void,
  ) {
    this.callingAeTitle = known.node.callingAeTitle;
    this.patientId = known.address.patientId;
    this.waiting = new Set(
      kinds.map(({ sopClassUid, transferSyntaxUid }) => `${sopClassUid} ${transferSyntaxUid}`),
    );
  }

  agree({ abstractSyntax, transferSyntaxes, role }: Proposal): Terms | undefined {
    if (QUERY_CLASSES.has(abstractSyntax))
      return {
        transferSyntax: transferSyntaxes.find((one) => IDENTIFIER_SYNTAXES.includes(one)),
        role: ASKS,
      };
    // Of C-GET, objects only ever come from us.
    if (!isStorageClass(abstractSyntax) || !role.scp) return undefined;
    return { transferSyntax: this.encoding(abstractSyntax, transferSyntaxes), role: RECEIVES };
  }

  store(): Promise<ObjectSink> {
    return Promise.reject(new StatusError(STATUS.notAuthorized, 'This title is for reading only.'));
  }

  async *find(query: Query): AsyncGenerator<Match> {
    await this.mayRead();
    const identifier = identifierOf(query);
    await this.noteSearch();
    const level = identifier.level === 'patient' ? 'study' : identifier.level;
    const { keys } = identifier;
    const { found, more } = await this.parts.images.search(this.patientId, {
      level,
      keys,
      offset: 0,
      limit: MOST_MATCHES,
    });
    const patients = new Set<string>();
    for (const { attributes } of found) {
      if (identifier.level === 'patient') {
        // The record is one person's, whom several hospitals know by different numbers.
        const patient = JSON.stringify([attributes['00100020'], attributes['00100010']]);
        if (patients.has(patient)) continue;
        patients.add(patient);
      }
      yield {
        identifier: writeMatch(identifier, attributes, this.calledAeTitle, query.transferSyntaxUid),
        allKeys: identifier.allKnown,
      };
    }
    if (more > 0) throw new StatusError(STATUS.outOfResources, 'There are more matches than are told.');
  }

  async retrieve(query: Query, destination: Destination | undefined): Promise<readonly OutgoingObject[]> {
    await this.mayRead();
    const found = await this.named(identifierOf(query));
    const items = [...new Set(found.map(({ itemId }) => itemId))];
    if (items.length > 0)
      await this.parts.addresses.note(this.known, 'record.read', items, destination?.aeTitle);
    else await this.noteSearch();
    return found.map(({ file }) => ({
      sopClassUid: file.sopClassUid ?? '',
      sopInstanceUid: file.sopInstanceUid ?? '',
      transferSyntaxUid: file.transferSyntaxUid ?? '',
      content: () => this.content(file),
    }));
  }

  async destination(aeTitle: string): Promise<Destination> {
    await this.mayRead();
    const found = await this.parts.nodes.destination(this.known.account, aeTitle);
    if (found === undefined)
      throw new StatusError(STATUS.moveDestinationUnknown, 'No system of yours is reached under this title.');
    return found;
  }

  end(): void {
    this.onEnd();
  }

  private async *content(file: KeptInstance['file']): AsyncGenerator<Uint8Array> {
    await this.mayRead();
    yield* storedDataSet(this.parts.vault, file);
  }

  /** Once in an association: a program asks level by level. */
  private async noteSearch(): Promise<void> {
    if (this.searched) return;
    this.searched = true;
    await this.parts.addresses.note(this.known, 'record.searched');
  }

  /** Asked again before everything: the patient may have ended it since the association began. */
  private async mayRead(): Promise<void> {
    if (!(await this.parts.addresses.stands(this.known)))
      throw new StatusError(STATUS.notAuthorized, 'The patient has ended this.');
  }

  /**
   * The first encoding, in the order of the requestor, in which something of this class lies and that no context has
   * yet; otherwise its first.
   */
  private encoding(sopClassUid: string, transferSyntaxes: readonly string[]): string | undefined {
    const own = transferSyntaxes.find((one) => this.waiting.delete(`${sopClassUid} ${one}`));
    return own ?? transferSyntaxes[0];
  }

  private async named({ level, keys }: QueryIdentifier): Promise<KeptInstance[]> {
    const value = (of: keyof typeof UNIQUE_KEYS) =>
      keys.find(({ tag }) => tag === UNIQUE_KEYS[of])?.value ?? '';
    if (value(level) === '')
      throw new StatusError(STATUS.identifierMismatch, 'The identifier does not say which.');
    if (level === 'patient') {
      const { found } = await this.parts.images.search(this.patientId, {
        level: 'study',
        keys: keys.filter(({ tag }) => tag === UNIQUE_KEYS.patient),
        offset: 0,
        limit: MOST_MATCHES,
      });
      const studies = found.map(({ scope }) => scope.study ?? '');
      return studies.length === 0
        ? []
        : this.parts.images.instances(this.patientId, { study: studies.join('\\') });
    }
    return this.parts.images.instances(this.patientId, {
      study: value('study'),
      series: value('series'),
      instance: value('instance'),
    });
  }
}

function identifierOf({ sopClassUid, transferSyntaxUid, identifier }: Query): QueryIdentifier {
  const read = readIdentifier(identifier, transferSyntaxUid);
  if (read === undefined || (read.level === 'patient' && QUERY_CLASSES.get(sopClassUid)?.root !== 'patient'))
    throw new StatusError(STATUS.identifierMismatch, 'The identifier cannot be understood.');
  return read;
}
