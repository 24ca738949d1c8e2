import { Problem } from '@vitrine/kernel';
import { acceptedTypes, type MediaType } from './media-types.js';

/** How bytes are sent: one part for each thing, or the one thing alone. */
export type Form = 'multipart' | 'single';

const OCTETS = 'application/octet-stream';
const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';

// PS3.18 table 8.7.3-5. What is not named here is sent as octets with its transfer syntax.
const MEDIA_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^1\.2\.840\.10008\.1\.2\.4\.(50|51|57|70)$/, 'image/jpeg'],
  [/^1\.2\.840\.10008\.1\.2\.4\.(80|81)$/, 'image/jls'],
  [/^1\.2\.840\.10008\.1\.2\.4\.(90|91)$/, 'image/jp2'],
  [/^1\.2\.840\.10008\.1\.2\.4\.(92|93)$/, 'image/jpx'],
  [/^1\.2\.840\.10008\.1\.2\.4\.20[123]$/, 'image/jphc'],
  [/^1\.2\.840\.10008\.1\.2\.4\.10[01]$/, 'video/mpeg'],
  [/^1\.2\.840\.10008\.1\.2\.4\.10[2-8]$/, 'video/mp4'],
  [/^1\.2\.840\.10008\.1\.2\.5$/, 'image/dicom-rle'],
];

/** The media type of one frame in this transfer syntax. */
export const frameType = (transferSyntaxUid: string): string =>
  MEDIA_TYPES.find(([pattern]) => pattern.test(transferSyntaxUid))?.[1] ?? OCTETS;

/**
 * How to send whole instances. Nothing is converted: a client that names a transfer syntax gets what lies in it, and
 * one that names none gets what lies here. Throws `exchange.not-acceptable`.
 */
export function instanceForm(accept: string | undefined, transferSyntaxes: readonly string[]): Form {
  for (const type of acceptedTypes(accept)) {
    const inner = innerType(type, 'application/dicom');
    const asked = type.parameters.get('transfer-syntax') ?? '*';
    const fits = asked === '*' || transferSyntaxes.every((one) => one === asked);
    if (inner === 'application/dicom' && fits) return 'multipart';
    if (type.name === 'application/dicom' && transferSyntaxes.length === 1 && fits) return 'single';
  }
  throw new Problem('exchange.not-acceptable');
}

export interface FrameForm {
  readonly form: Form;
  /** Of each frame. */
  readonly type: string;
}

/**
 * How to send frames that lie in this transfer syntax, or other bytes where that is explicit little endian. Without
 * a transfer syntax, octets are asked for uncompressed (PS3.18 §8.7.3.2), which compressed frames are not.
 */
export function frameForm(accept: string | undefined, transferSyntaxUid: string, count: number): FrameForm {
  const own = frameType(transferSyntaxUid);
  for (const type of acceptedTypes(accept)) {
    const multipart = type.name.startsWith('multipart/') || type.name === '*/*';
    if (!multipart && count !== 1) continue;
    const inner = multipart ? innerType(type, own) : type.name;
    const asked = type.parameters.get('transfer-syntax') ?? (inner === OCTETS ? EXPLICIT_LITTLE : '*');
    if (asked !== '*' && asked !== transferSyntaxUid) continue;
    if (inner === own || inner === OCTETS) return { form: multipart ? 'multipart' : 'single', type: inner };
  }
  throw new Problem('exchange.not-acceptable');
}

/** What the parts of this multipart type are to be; the first choice where it does not say. */
function innerType({ name, parameters }: MediaType, first: string): string | undefined {
  if (name === '*/*' || name === 'multipart/*') return first;
  if (name !== 'multipart/related') return undefined;
  const inner = parameters.get('type')?.toLowerCase() ?? first;
  return inner === '*/*' || (inner.endsWith('/*') && first.startsWith(inner.slice(0, -1))) ? first : inner;
}
