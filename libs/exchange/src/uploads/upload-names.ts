const UPLOAD_ID = /^([0-9a-f]{32})-([0-9a-f]{32})$/;

const PACK_NAME = /^([0-9a-f]{32})-[0-9a-f]{32}-([0-9a-f]{32})\.pack$/;

/** The import that an upload belongs to; undefined for a name that is not ours. */
export const importOfUpload = (uploadId: string): string | undefined => UPLOAD_ID.exec(uploadId)?.[1];

/** What a pack belongs to, and whose key it is sealed under; undefined for a name that is not a pack's. */
export function partsOfPackName(name: string): { arrivalId: string; keyOwnerId: string } | undefined {
  const [, arrivalId, keyOwnerId] = PACK_NAME.exec(name) ?? [];
  return arrivalId === undefined || keyOwnerId === undefined ? undefined : { arrivalId, keyOwnerId };
}
