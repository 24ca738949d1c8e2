import type { Socket } from 'node:net';
import { FIELD, writeCommand, type CommandSet, type CommandValues } from './command-set.js';
import { STATUS, StatusError, type ObjectSink, type Visit } from './dimse-service.js';
import type { MessageReceiver } from './message-reader.js';
import type { AcceptedContext } from './negotiation.js';
import { dataPdu } from './pdu-writer.js';
import { ABORT_REASON, ProtocolError } from './protocol-error.js';
import { VERIFICATION } from './sop-classes.js';

const LONGEST_COMMENT = 64;

/** Performs the operations of one association (PS3.7 §9) and answers them. */
export class Operations {
  constructor(
    private readonly socket: Socket,
    private readonly visit: Visit,
    private readonly contexts: ReadonlyMap<number, AcceptedContext>,
  ) {}

  /** Begins what a command asks for. Throws ProtocolError for a command out of place. */
  async begin(contextId: number, command: CommandSet): Promise<MessageReceiver> {
    const context = this.contexts.get(contextId);
    if (context === undefined)
      throw new ProtocolError(ABORT_REASON.invalidParameter, 'a context never agreed on');
    const field = command.need('commandField');
    switch (field) {
      case FIELD.echo:
        return this.answering(contextId, command, STATUS.success);
      case FIELD.store:
        return this.store(context, command);
      case FIELD.cancel:
        return nothing;
      default:
        if ((field & FIELD.response) !== 0)
          throw new ProtocolError(ABORT_REASON.unexpectedParameter, 'an answer to no question');
        return this.answering(contextId, command, STATUS.unrecognizedOperation);
    }
  }

  private async store(context: AcceptedContext, command: CommandSet): Promise<MessageReceiver> {
    const object = {
      sopClassUid: command.text('affectedSopClassUid'),
      sopInstanceUid: command.text('affectedSopInstanceUid'),
      transferSyntaxUid: context.transferSyntax,
    };
    const respond = (status: number, comment?: string) =>
      this.respond(context.id, command, status, {
        affectedSopInstanceUid: object.sopInstanceUid,
        ...(comment === undefined ? {} : { errorComment: comment.slice(0, LONGEST_COMMENT) }),
      });
    const taking = new Taking(
      () => {
        if (context.abstractSyntax === VERIFICATION || object.sopClassUid !== context.abstractSyntax)
          throw new StatusError(STATUS.identifierMismatch, 'The SOP class is not that of the context.');
        if (!command.hasDataSet) throw new StatusError(STATUS.cannotUnderstand, 'There is no data set.');
        return this.visit.store(object);
      },
      (status, comment) => respond(status, comment),
    );
    await taking.open();
    return taking;
  }

  /** Ignores a data set, where there is one, and answers with a status. */
  private answering(contextId: number, command: CommandSet, status: number): MessageReceiver {
    return {
      ...nothing,
      end: () => {
        this.respond(contextId, command, status);
        return Promise.resolve();
      },
    };
  }

  private respond(contextId: number, command: CommandSet, status: number, more: CommandValues = {}): void {
    const bytes = writeCommand({
      affectedSopClassUid: command.text('affectedSopClassUid'),
      commandField: command.need('commandField') | FIELD.response,
      messageIdRespondedTo: command.need('messageId'),
      status,
      ...more,
    });
    // One write, so that it leaves as one segment.
    this.socket.write(dataPdu(contextId, bytes, { command: true, last: true }));
  }
}

const nothing: MessageReceiver = {
  write: () => Promise.resolve(),
  end: () => Promise.resolve(),
  abandon: () => Promise.resolve(),
};

/** One object on its way in. After a refusal the rest of the data set is read and thrown away, then answered. */
class Taking implements MessageReceiver {
  private sink: ObjectSink | undefined;
  private refusal: StatusError | undefined;

  constructor(
    private readonly begin: () => Promise<ObjectSink>,
    private readonly respond: (status: number, comment?: string) => void,
  ) {}

  async open(): Promise<void> {
    this.sink = await this.guard(async () => this.begin());
  }

  async write(fragment: Buffer): Promise<void> {
    const { sink } = this;
    if (sink === undefined) return;
    await this.guard(() => sink.write(fragment));
    if (this.refusal !== undefined) await this.abandon();
  }

  async end(): Promise<void> {
    const { sink } = this;
    if (sink !== undefined) {
      await this.guard(() => sink.finish());
      this.sink = undefined;
    }
    if (this.refusal === undefined) this.respond(STATUS.success);
    else this.respond(this.refusal.status, this.refusal.message);
  }

  async abandon(): Promise<void> {
    const { sink } = this;
    this.sink = undefined;
    await sink?.discard();
  }

  private async guard<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.refusal = error;
      return undefined;
    }
  }
}
