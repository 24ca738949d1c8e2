import { keyFrom, type FileSlice } from '@vitrine/sealing';
import type { SourceFile } from '@vitrine/vault';

/** A file as text. The examiner gets the key of what it is there to read, and no other. */
export interface SourceText {
  readonly path: string;
  readonly slice?: FileSlice | undefined;
  /** Base64; undefined for a plain file. */
  readonly terms?: { readonly key: string; readonly context: string } | undefined;
}

export const sourceText = ({ path, terms, slice }: SourceFile): SourceText => ({
  path,
  slice,
  terms: terms && {
    key: terms.key.export().toString('base64'),
    context: Buffer.from(terms.context).toString('base64'),
  },
});

export const sourceOfText = ({ path, terms, slice }: SourceText): SourceFile =>
  terms === undefined
    ? { path }
    : {
        path,
        terms: {
          key: keyFrom(Buffer.from(terms.key, 'base64')),
          context: Buffer.from(terms.context, 'base64'),
        },
        ...(slice === undefined ? {} : { slice }),
      };
