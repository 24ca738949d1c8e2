/** A file that was made here. */
export interface SampleFile {
  readonly name: string;
  readonly bytes: Buffer;
}
