import { decodedText } from '../plain-text.js';

const MOST_SEGMENTS = 100_000;

/** A segment: its name and its fields, field 0 being the name. In MSH, field 1 is the separator (v2.8 §2.14.9). */
export interface Segment {
  readonly name: string;
  readonly fields: readonly string[];
}

export interface Message {
  readonly segments: readonly Segment[];
  readonly separators: { readonly component: string; readonly repetition: string; readonly escape: string };
}

// A message may come in its frame (MLLP) and after the header of a file or batch of messages.
// eslint-disable-next-line no-control-regex
const BEGINS = /^\ufeff?\u000b?(?:(?:FHS|BHS)[^\r\n]*[\r\n]+)*MSH([^\w\s])([^\w\s]{3,5})\1/;

/** True when these first characters are those of an HL7 v2 message in ER7 (v2.8 §2.6). */
export const beginsAsHl7v2 = (start: string): boolean => BEGINS.test(start);

/** The first message of a file; undefined for what is none. */
export function parseMessage(bytes: Uint8Array): Message | 'too-large' | undefined {
  const text = decodedText(bytes) ?? new TextDecoder('windows-1252').decode(bytes);
  const found = BEGINS.exec(text);
  if (found === null) return undefined;
  const [, field = '|', encoding = '^~\\&'] = found;
  // A segment ends with CR; files that went through editors have LF.
  // eslint-disable-next-line no-control-regex
  const lines = text.slice(text.indexOf('MSH')).split(/[\r\n\u001c]+/, MOST_SEGMENTS + 1);
  if (lines.length > MOST_SEGMENTS) return 'too-large';
  const segments: Segment[] = [];
  for (const line of lines) {
    if (!/^[A-Z][A-Z0-9]{2}/.test(line)) continue;
    if (line.startsWith('MSH') && segments.length > 0) break;
    const fields = line.split(field);
    if (fields[0] === 'MSH') fields.splice(1, 0, field);
    segments.push({ name: line.slice(0, 3), fields });
  }
  return {
    segments,
    separators: {
      component: encoding[0] ?? '^',
      repetition: encoding[1] ?? '~',
      escape: encoding[2] ?? '\\',
    },
  };
}

/** The first segment of a name. */
export const segment = (message: Message, name: string): Segment | undefined =>
  message.segments.find((one) => one.name === name);

/** A component of the first repetition of a field, both counted from 1, with escapes undone (v2.8 §2.7). */
export function component(message: Message, of: Segment | undefined, field: number, which: number): string {
  const { component: separator, repetition } = message.separators;
  const value = of?.fields[field]?.split(repetition)[0]?.split(separator)[which - 1] ?? '';
  return unescaped(message, value);
}

/** A whole field as people read it: blanks between components, repetitions after each other. */
export function field(message: Message, of: Segment | undefined, which: number): string {
  const { component: separator, repetition } = message.separators;
  const repetitions = (of?.fields[which] ?? '').split(repetition);
  return repetitions
    .map((one) => one.split(separator).filter(Boolean).join(' '))
    .map((one) => unescaped(message, one))
    .join('; ');
}

const ESCAPES: Readonly<Record<string, string>> = { F: '|', S: '^', T: '&', R: '~', E: '\\', '.br': '\n' };

function unescaped({ separators: { escape } }: Message, value: string): string {
  if (!value.includes(escape)) return value;
  const parts = value.split(escape);
  // Between two escape characters stands what is meant; a lonely one is itself.
  return parts
    .map((part, at) => {
      if (at % 2 === 0) return part;
      if (at === parts.length - 1) return `${escape}${part}`;
      const bytes = /^X((?:[0-9A-F]{2})+)$/i.exec(part)?.[1];
      return bytes === undefined ? (ESCAPES[part] ?? '') : Buffer.from(bytes, 'hex').toString('latin1');
    })
    .join('');
}
