/** Encodes one instruction. Lengths are code points, as the protocol has them, not UTF-16 units. */
export const instruction = (...elements: readonly (string | number)[]): string =>
  elements
    .map(String)
    .map((element) => `${Array.from(element).length}.${element}`)
    .join(',') + ';';

/** Reads a decimal whole number from the bytes of an element; NaN for anything else. */
export function wholeNumber(buffer: Buffer, start: number, end: number): number {
  let at = start;
  const negative = buffer[at] === 0x2d;
  if (negative) at++;
  if (at >= end || end - at > 15) return NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = (buffer[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}
