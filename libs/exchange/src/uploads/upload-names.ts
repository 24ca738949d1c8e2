const UPLOAD_ID = /^([0-9a-f]{32})-([0-9a-f]{32})$/;

/** The import that an upload belongs to; undefined for a name that is not ours. */
export const importOfUpload = (uploadId: string): string | undefined => UPLOAD_ID.exec(uploadId)?.[1];
