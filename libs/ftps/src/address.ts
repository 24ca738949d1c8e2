/** `192.0.2.7` also where the system writes `::ffff:192.0.2.7`. */
export const addressOf = (address: string | undefined): string =>
  (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
