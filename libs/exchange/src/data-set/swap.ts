/** Turns big endian values into little endian ones while they pass, across the bounds of chunks. */
export async function* swapped(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const all = Buffer.concat([rest, chunk]);
    const whole = all.length - (all.length % size);
    const turned = all.subarray(0, whole);
    if (size === 2) turned.swap16();
    else if (size === 4) turned.swap32();
    else if (size === 8) turned.swap64();
    rest = Buffer.from(all.subarray(whole));
    if (whole > 0) yield turned;
  }
  if (rest.length > 0) yield rest;
}
