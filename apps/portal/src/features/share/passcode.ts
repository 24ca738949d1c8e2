/** Six digits, easy to say on the phone. The server counts wrong tries over the life of a link, so six are enough. */
export function makePasscode(): string {
  // Values from the uneven end of the range are thrown away, so that all codes are equally likely.
  const limit = Math.floor(2 ** 32 / 1_000_000) * 1_000_000;
  const random = new Uint32Array(1);
  for (;;) {
    crypto.getRandomValues(random);
    const value = random[0] ?? limit;
    if (value < limit) return String(value % 1_000_000).padStart(6, '0');
  }
}
