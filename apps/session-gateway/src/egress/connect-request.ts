import { readEgressTarget, type EgressTarget } from '@vitrine/session-host';

/** A request line and the few fields that clients send; there is nothing to say in more. */
export const LARGEST_HEAD = 4096;
const METHOD = Buffer.from('CONNECT ');
const END = Buffer.from('\r\n\r\n');
const LINE = /^CONNECT ([a-z0-9.-]{1,253}):([1-9][0-9]{0,4}) HTTP\/1\.[01]$/i;
/** One per line, in visible ASCII, so that no line end, NUL or fold hides in it. */
const FIELD = /^([!#$%&'*+.^_`|~0-9a-z-]{1,64}):[\t\x20-\x7e]*$/i;
/** A body after the head is what no CONNECT has (RFC 9110, 9.3.6). */
const BODY = /^(content-length|transfer-encoding)$/i;

/** What a guest wants: to be connected, or something that is refused with this status of HTTP. */
export type Asked = { readonly target: EgressTarget } | { readonly status: 400 | 403 | 405 | 431 };

/**
 * Reads the head of one request of an untrusted guest: HTTP CONNECT and nothing else. `push` says what was asked once it
 * is known; what came after the head was sent before anybody said yes, so it spoils the request.
 */
export class ConnectRequest {
  private head = Buffer.alloc(0);

  push(chunk: Buffer): Asked | undefined {
    // One byte more than is allowed suffices to know that it is too much.
    this.head = Buffer.concat([this.head, chunk.subarray(0, LARGEST_HEAD + 1 - this.head.length)]);
    const begun = this.head.subarray(0, METHOD.length);
    if (!begun.equals(METHOD.subarray(0, begun.length))) return { status: 405 };
    const end = this.head.indexOf(END);
    if (this.head.length > LARGEST_HEAD) return { status: end < 0 ? 431 : 400 };
    if (end < 0) return undefined;
    return end + END.length < this.head.length
      ? { status: 400 }
      : asked(this.head.toString('latin1', 0, end));
  }
}

function asked(head: string): Asked {
  const [line = '', ...fields] = head.split('\r\n');
  const [, host, port] = LINE.exec(line) ?? [];
  const names = fields.map((field) => FIELD.exec(field)?.[1]);
  if (host === undefined || port === undefined) return { status: 400 };
  if (names.some((name) => name === undefined || BODY.test(name))) return { status: 400 };
  // Names of DNS do not tell small letters from large ones.
  const target = readEgressTarget(`${host.toLowerCase()}:${port}`);
  return target ? { target } : { status: 403 };
}
