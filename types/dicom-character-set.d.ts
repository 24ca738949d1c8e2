declare module 'dicom-character-set' {
  /** Decodes bytes by the value of SpecificCharacterSet (0008,0005). Throws for a set that DICOM does not define. */
  export function convertBytes(
    specificCharacterSet: string,
    bytes: Uint8Array,
    options?: { vr?: string },
  ): string;
}
