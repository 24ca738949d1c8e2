/**
 * True for a UID as PS3.5 §9.1 has it: at most 64 characters, numbers between single dots. Leading zeros, which the
 * standard forbids, are let through: scanners write them and they harm nothing.
 */
export const isUid = (text: string): boolean =>
  text.length <= 64 && /^[0-9]+(\.[0-9]+)+$/.test(text) && text.length >= 3;

export const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10';

const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
const EXPLICIT_BIG = '1.2.840.10008.1.2.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const NATIVE = new Set([IMPLICIT_LITTLE, '1.2.840.10008.1.2.1', EXPLICIT_BIG, DEFLATED]);

/** How the data set that follows the file meta information is written (PS3.5 Annex A). */
export interface Syntax {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

export const syntaxOf = (transferSyntaxUid: string): Syntax => ({
  explicit: transferSyntaxUid !== IMPLICIT_LITTLE,
  littleEndian: transferSyntaxUid !== EXPLICIT_BIG,
});

export const isDeflated = (transferSyntaxUid: string): boolean => transferSyntaxUid === DEFLATED;

/** True when pixel data is a sequence of compressed fragments (PS3.5 §A.4) and not plain values. */
export const isEncapsulated = (transferSyntaxUid: string): boolean =>
  transferSyntaxUid !== '' && !NATIVE.has(transferSyntaxUid);
