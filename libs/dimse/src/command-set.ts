import { ABORT_REASON, ProtocolError } from './protocol-error.js';

/** Elements of a command (PS3.7 §E.1) that are used here, by their number in group 0000. */
export const COMMAND = {
  affectedSopClassUid: 0x0002,
  commandField: 0x0100,
  messageId: 0x0110,
  messageIdRespondedTo: 0x0120,
  moveDestination: 0x0600,
  priority: 0x0700,
  dataSetType: 0x0800,
  status: 0x0900,
  errorComment: 0x0902,
  affectedSopInstanceUid: 0x1000,
  remaining: 0x1020,
  completed: 0x1021,
  failed: 0x1022,
  warnings: 0x1023,
  moveOriginatorAeTitle: 0x1030,
  moveOriginatorMessageId: 0x1031,
} as const;
type Field = keyof typeof COMMAND;

/** Command fields (PS3.7 §E.1-1); a response is its request with the highest bit set. */
export const FIELD = {
  store: 0x0001,
  get: 0x0010,
  find: 0x0020,
  move: 0x0021,
  echo: 0x0030,
  cancel: 0x0fff,
  response: 0x8000,
} as const;

/** Command Data Set Type of a message without a data set. */
export const NO_DATA_SET = 0x0101;
const DATA_SET = 0x0000;

/** A command set has some hundred bytes. */
export const LONGEST_COMMAND = 16 * 1024;

export type CommandValues = Partial<Record<Field, number | string>>;

/** A command as it came: group 0000 in implicit little endian (PS3.7 §6.3.1). Values are untrusted. */
export class CommandSet {
  private readonly values = new Map<number, Buffer>();

  /** Throws ProtocolError for bytes that are no command. */
  constructor(bytes: Buffer) {
    for (let at = 0; at < bytes.length;) {
      if (bytes.length - at < 8 || bytes.readUInt16LE(at) !== 0) throw malformed();
      const end = at + 8 + bytes.readUInt32LE(at + 4);
      if (end > bytes.length) throw malformed();
      this.values.set(bytes.readUInt16LE(at + 2), bytes.subarray(at + 8, end));
      at = end;
    }
  }

  /** An unsigned short; undefined where the element is absent. */
  number(field: Field): number | undefined {
    const value = this.values.get(COMMAND[field]);
    if (value === undefined) return undefined;
    if (value.length !== 2) throw malformed();
    return value.readUInt16LE(0);
  }

  /** Throws ProtocolError where the element is absent. */
  need(field: Field): number {
    const value = this.number(field);
    if (value === undefined) throw malformed();
    return value;
  }

  /** Text without its padding; empty where the element is absent. */
  text(field: Field): string {
    const value = this.values.get(COMMAND[field]);
    return (value ?? Buffer.alloc(0))
      .toString('latin1')
      .replace(/[\0 ]+$/, '')
      .trim();
  }

  get hasDataSet(): boolean {
    return this.need('dataSetType') !== NO_DATA_SET;
  }
}

const malformed = (): ProtocolError =>
  new ProtocolError(ABORT_REASON.invalidParameter, 'a malformed command');

/** Bytes of a command; `withDataSet` says whether a data set follows it. */
export function writeCommand(values: CommandValues, { withDataSet = false } = {}): Buffer {
  const all: CommandValues = { ...values, dataSetType: withDataSet ? DATA_SET : NO_DATA_SET };
  const elements = (Object.entries(all) as [Field, number | string][])
    .map(([field, value]): [number, Buffer] => [COMMAND[field], valueBytes(field, value)])
    .sort(([a], [b]) => a - b)
    .map(([element, value]) => elementBytes(element, value));
  const group = Buffer.alloc(4);
  group.writeUInt32LE(elements.reduce((sum, { length }) => sum + length, 0));
  return Buffer.concat([elementBytes(0x0000, group), ...elements]);
}

function valueBytes(field: Field, value: number | string): Buffer {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return bytes;
  }
  // Even lengths: UIDs are padded with zero, text with a blank (PS3.5 §6.2).
  const padding = field.endsWith('Uid') ? '\0' : ' ';
  return Buffer.from(value.length % 2 === 0 ? value : value + padding, 'latin1');
}

function elementBytes(element: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(element, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}
