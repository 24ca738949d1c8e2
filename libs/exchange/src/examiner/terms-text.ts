import { keyFrom, type SealingTerms } from '@vitrine/sealing';

/** Sealing terms as text. The examiner gets those of one import only, whose content it is there to read. */
export interface TermsText {
  readonly key: string;
  readonly context: string;
}

export const termsText = (terms: SealingTerms | undefined): TermsText | undefined =>
  terms && {
    key: terms.key.export().toString('base64'),
    context: Buffer.from(terms.context).toString('base64'),
  };

export const termsOfText = (text: TermsText | undefined): SealingTerms | undefined =>
  text && { key: keyFrom(Buffer.from(text.key, 'base64')), context: Buffer.from(text.context, 'base64') };
