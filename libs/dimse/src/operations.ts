import { FIELD, type CommandSet, type CommandValues } from './command-set.js';
import { STATUS, StatusError, type Query, type Visit } from './dimse-service.js';
import type { MessageReceiver } from './message-reader.js';
import type { AcceptedContext } from './negotiation.js';
import type { Outlet } from './outlet.js';
import { ABORT_REASON, ProtocolError } from './protocol-error.js';
import { answerFind, answerGet, answerMove, type Answering, type Respond } from './queries.js';
import { QUERY_CLASSES, VERIFICATION, type QueryOperation } from './sop-classes.js';
import { StoreChannel } from './store-channel.js';
import { Taking } from './taking.js';

const LONGEST_COMMENT = 64;
/** A list of all UIDs of a study with thousands of images. */
const LONGEST_IDENTIFIER = 1024 * 1024;

const QUERIES: ReadonlyMap<number, QueryOperation> = new Map([
  [FIELD.find, 'find'],
  [FIELD.get, 'get'],
  [FIELD.move, 'move'],
]);

interface Running {
  readonly messageId: number;
  readonly cancelled: AbortController;
  readonly gone: AbortController;
  readonly done: Promise<void>;
}

/**
 * Performs the operations of one association (PS3.7 §9) and answers them. A query or retrieval goes on beside what
 * else comes, so that it can be cancelled and its sub-operations answered; one at a time (PS3.7 §D.3.3.3).
 */
export class Operations {
  private running: Running | undefined;
  private readonly channel: StoreChannel;

  constructor(
    private readonly outlet: Outlet,
    private readonly visit: Visit,
    private readonly contexts: ReadonlyMap<number, AcceptedContext>,
    private readonly deadlineMs: number,
    /** A query or retrieval is over; with an error, where that ends the association. */
    private readonly onDone: (error?: unknown) => void,
  ) {
    this.channel = new StoreChannel(outlet, [...contexts.values()], deadlineMs);
  }

  /** True while a query or a retrieval is under way; its waits have deadlines of their own. */
  get isBusy(): boolean {
    return this.running !== undefined;
  }

  /** Begins what a command asks for. Throws ProtocolError for a command out of place. */
  async begin(contextId: number, command: CommandSet): Promise<MessageReceiver> {
    const context = this.contexts.get(contextId);
    if (context === undefined)
      throw new ProtocolError(ABORT_REASON.invalidParameter, 'a context never agreed on');
    const field = command.need('commandField');
    const operation = QUERIES.get(field);
    if (operation !== undefined) return this.query(context, command, operation);
    switch (field) {
      case FIELD.echo:
        return this.answering(context, command, STATUS.success);
      case FIELD.store:
        return this.store(context, command);
      case FIELD.cancel:
        if (this.running?.messageId === command.need('messageIdRespondedTo')) this.running.cancelled.abort();
        return nothing;
      case FIELD.store | FIELD.response:
        if (!this.channel.take(command)) throw unasked();
        return nothing;
      default:
        if ((field & FIELD.response) !== 0) throw unasked();
        return this.answering(context, command, STATUS.unrecognizedOperation);
    }
  }

  /** The association is over: ends what is under way and resolves when it has ended. */
  async abandon(): Promise<void> {
    this.channel.close();
    this.running?.gone.abort();
    await this.running?.done;
  }

  private query(context: AcceptedContext, command: CommandSet, operation: QueryOperation): MessageReceiver {
    const parts: Buffer[] = [];
    let bytes = 0;
    return {
      write: (fragment) => {
        bytes += fragment.length;
        if (bytes <= LONGEST_IDENTIFIER) parts.push(Buffer.from(fragment));
        return Promise.resolve();
      },
      end: async () => {
        const respond = this.respondTo(context, command);
        const refusal = this.refusal(context, command, operation, bytes);
        if (refusal !== undefined) {
          await respond(refusal.status, { errorComment: refusal.message });
          return;
        }
        this.run(command, operation, respond, {
          sopClassUid: context.abstractSyntax,
          transferSyntaxUid: context.transferSyntax,
          identifier: Buffer.concat(parts),
        });
      },
      abandon: () => Promise.resolve(),
    };
  }

  private refusal(
    context: AcceptedContext,
    command: CommandSet,
    operation: QueryOperation,
    bytes: number,
  ): StatusError | undefined {
    if (this.running !== undefined)
      throw new ProtocolError(ABORT_REASON.unexpectedParameter, 'a query before the last one was answered');
    if (QUERY_CLASSES.get(context.abstractSyntax)?.operation !== operation || this.visit.reader === undefined)
      return new StatusError(STATUS.sopClassNotSupported, 'This is not what the context is for.');
    if (command.text('affectedSopClassUid') !== context.abstractSyntax)
      return new StatusError(STATUS.identifierMismatch, 'The SOP class is not that of the context.');
    if (bytes > LONGEST_IDENTIFIER)
      return new StatusError(STATUS.outOfResources, 'The identifier is too long.');
    return command.hasDataSet
      ? undefined
      : new StatusError(STATUS.identifierMismatch, 'There is no identifier.');
  }

  private run(command: CommandSet, operation: QueryOperation, respond: Respond, query: Query): void {
    const { reader } = this.visit;
    if (reader === undefined) return;
    const cancelled = new AbortController();
    const gone = new AbortController();
    const answering: Answering = {
      reader,
      query,
      respond,
      cancelled: cancelled.signal,
      gone: gone.signal,
      deadlineMs: this.deadlineMs,
    };
    const work = {
      find: () => answerFind(answering),
      get: () => answerGet(answering, this.channel),
      move: () => answerMove(answering, command),
    }[operation];
    const done = work()
      .catch(async (error: unknown) => {
        if (!(error instanceof StatusError)) throw error;
        await respond(error.status, { errorComment: error.message });
      })
      .then(
        () => this.over(),
        (error: unknown) => this.over(error),
      );
    this.running = { messageId: command.need('messageId'), cancelled, gone, done };
  }

  private over(error?: unknown): void {
    this.running = undefined;
    this.onDone(error);
  }

  private async store(context: AcceptedContext, command: CommandSet): Promise<MessageReceiver> {
    const object = {
      sopClassUid: command.text('affectedSopClassUid'),
      sopInstanceUid: command.text('affectedSopInstanceUid'),
      transferSyntaxUid: context.transferSyntax,
    };
    const respond = this.respondTo(context, command);
    const taking = new Taking(
      () => {
        if (context.abstractSyntax === VERIFICATION || object.sopClassUid !== context.abstractSyntax)
          throw new StatusError(STATUS.identifierMismatch, 'The SOP class is not that of the context.');
        if (!command.hasDataSet) throw new StatusError(STATUS.cannotUnderstand, 'There is no data set.');
        return this.visit.store(object);
      },
      (status, comment) =>
        respond(status, {
          affectedSopInstanceUid: object.sopInstanceUid,
          ...(comment === undefined ? {} : { errorComment: comment }),
        }),
    );
    await taking.open();
    return taking;
  }

  /** Ignores a data set, where there is one, and answers with a status. */
  private answering(context: AcceptedContext, command: CommandSet, status: number): MessageReceiver {
    return { ...nothing, end: () => this.respondTo(context, command)(status) };
  }

  private respondTo(context: AcceptedContext, command: CommandSet): Respond {
    const head = {
      affectedSopClassUid: command.text('affectedSopClassUid'),
      commandField: command.need('commandField') | FIELD.response,
      messageIdRespondedTo: command.need('messageId'),
    };
    return (status, more: CommandValues = {}, dataSet) => {
      const { errorComment, ...rest } = more;
      const comment =
        errorComment === undefined ? {} : { errorComment: String(errorComment).slice(0, LONGEST_COMMENT) };
      return this.outlet.message(context.id, { ...head, status, ...rest, ...comment }, dataSet);
    };
  }
}

const unasked = (): ProtocolError =>
  new ProtocolError(ABORT_REASON.unexpectedParameter, 'an answer to no question');

const nothing: MessageReceiver = {
  write: () => Promise.resolve(),
  end: () => Promise.resolve(),
  abandon: () => Promise.resolve(),
};
