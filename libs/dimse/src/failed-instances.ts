const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
// The value of a UI has a length of 16 bits in explicit encodings (PS3.5 §7.1.2).
const MOST_UIDS = 1_000;

/** Failed SOP Instance UID List (0008,0058), the identifier of a final response (PS3.4 §C.4.2.1.4.2). */
export function failedInstances(
  uids: readonly string[],
  { transferSyntaxUid }: { readonly transferSyntaxUid: string },
): Buffer {
  const list = uids.slice(0, MOST_UIDS).join('\\');
  const value = Buffer.from(list.length % 2 === 0 ? list : `${list}\0`, 'latin1');
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0x0008, 0);
  head.writeUInt16LE(0x0058, 2);
  if (transferSyntaxUid === IMPLICIT_LITTLE) head.writeUInt32LE(value.length, 4);
  else {
    head.write('UI', 4, 'latin1');
    head.writeUInt16LE(value.length, 6);
  }
  return Buffer.concat([head, value]);
}
