import { plainDate } from '@vitrine/dicom';
import { plausibleDay } from './plausible-day.js';

/** The text of a file. Undefined when its bytes are no text of the encoding that it states, or of none that is known. */
export function decodedText(bytes: Uint8Array, encoding?: string): string | undefined {
  try {
    // A byte order mark is left out by the decoder.
    return new TextDecoder(byteOrder(bytes) ?? encoding ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The encoding that the first two bytes mark, if they do. */
export const byteOrder = (bytes: Uint8Array): string | undefined =>
  bytes[0] === 0xff && bytes[1] === 0xfe
    ? 'utf-16le'
    : bytes[0] === 0xfe && bytes[1] === 0xff
      ? 'utf-16be'
      : undefined;

/** `YYYY-MM-DD` of a moment as HL7 (`YYYYMMDD…`) or FHIR (`YYYY-MM-DD…`) writes it; empty when it is no whole date. */
export const dayOf = (moment: string): string =>
  plainDate(moment.replace(/^(\d{4})-(\d{2})-(\d{2})/, '$1$2$3'));

/**
 * As `dayOf`, of when something was made or happened: empty for a day that nobody alive can mean. As it was written, so it
 * is the day where that was, whatever its zone.
 */
export function pastDayOf(moment: string): string {
  const [year = '', month = '', day = ''] = dayOf(moment).split('-');
  return plausibleDay(year, month, day) ?? '';
}

/** What no document has a reason to hold: programs for the browser that is meant to show it. */
export const looksActive = (text: string): boolean =>
  /<\s*(script|iframe|object|embed|applet)\b|\b(javascript|vbscript)\s*:|\son(load|error|click|mouseover)\s*=/i.test(
    text,
  );
