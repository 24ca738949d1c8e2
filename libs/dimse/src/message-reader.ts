import { CommandSet, LONGEST_COMMAND } from './command-set.js';
import { ABORT_REASON, ProtocolError } from './protocol-error.js';

/** Takes one message: its data set comes in fragments. Exactly one of `end` and `abandon` is called, and it is last. */
export interface MessageReceiver {
  write(fragment: Buffer): Promise<void>;
  end(): Promise<void>;
  abandon(): Promise<void>;
}

interface Fragment {
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
  readonly bytes: Buffer;
}

const PDV_HEADER_BYTES = 6;

/** Puts messages together from the fragments of P-DATA-TF (PS3.8 annex E), without ever holding a data set. */
export class MessageReader {
  private command: { readonly contextId: number; parts: Buffer[]; bytes: number } | undefined;
  private dataSet: { readonly contextId: number; readonly receiver: MessageReceiver } | undefined;

  /** @param begin is called with each command; what it returns gets the data set, where one follows. */
  constructor(private readonly begin: (contextId: number, command: CommandSet) => Promise<MessageReceiver>) {}

  /** True when no message is under way. */
  get isIdle(): boolean {
    return this.command === undefined && this.dataSet === undefined;
  }

  /** Takes the body of one P-DATA-TF. Throws ProtocolError for what breaks the protocol. */
  async take(body: Buffer): Promise<void> {
    for (const fragment of fragments(body))
      await (fragment.isCommand ? this.takeCommand(fragment) : this.takeDataSet(fragment));
  }

  /** The association is over: lets go of a message that is not complete. */
  async abandon(): Promise<void> {
    const { dataSet } = this;
    this.command = undefined;
    this.dataSet = undefined;
    await dataSet?.receiver.abandon();
  }

  private async takeCommand({ contextId, isLast, bytes }: Fragment): Promise<void> {
    if (this.dataSet !== undefined) throw unexpected('a command within a data set');
    this.command ??= { contextId, parts: [], bytes: 0 };
    if (this.command.contextId !== contextId) throw unexpected('a command in two contexts');
    this.command.bytes += bytes.length;
    if (this.command.bytes > LONGEST_COMMAND) throw unexpected('a command that is too long');
    this.command.parts.push(bytes);
    if (!isLast) return;
    // A copy: the elements of a command outlive the PDU.
    const command = new CommandSet(Buffer.concat(this.command.parts));
    this.command = undefined;
    const { hasDataSet } = command;
    const receiver = await this.begin(contextId, command);
    if (hasDataSet) this.dataSet = { contextId, receiver };
    else await receiver.end();
  }

  private async takeDataSet({ contextId, isLast, bytes }: Fragment): Promise<void> {
    const { dataSet } = this;
    if (dataSet?.contextId !== contextId) throw unexpected('a data set without a command');
    await dataSet.receiver.write(bytes);
    if (!isLast) return;
    this.dataSet = undefined;
    await dataSet.receiver.end();
  }
}

const unexpected = (what: string): ProtocolError => new ProtocolError(ABORT_REASON.unexpectedParameter, what);

function* fragments(body: Buffer): Generator<Fragment, void, undefined> {
  for (let at = 0; at < body.length;) {
    if (body.length - at < PDV_HEADER_BYTES) throw cut();
    const length = body.readUInt32BE(at);
    const end = at + 4 + length;
    if (length < 2 || end > body.length) throw cut();
    const control = body[at + 5] ?? 0;
    yield {
      contextId: body[at + 4] ?? 0,
      isCommand: (control & 1) !== 0,
      isLast: (control & 2) !== 0,
      bytes: body.subarray(at + PDV_HEADER_BYTES, end),
    };
    at = end;
  }
}

const cut = (): ProtocolError => new ProtocolError(ABORT_REASON.invalidParameter, 'a cut fragment');
