import { endsAsZip, type ByteSource } from '@vitrine/dicom';

const HEAD_BYTES = 4 * 1024;
const PIECE_BYTES = 1024 * 1024;
// A scan of hundreds of pages; of larger ones the first part is looked at.
const MOST_BYTES = 64 * 1024 * 1024;
const OVERLAP = 64;

// What a browser takes for a page when it guesses, and servers for a program. XMP in photographs has neither.
const PAGE = /<\s*(!doctype\s+html|html|script|body|iframe|\?php)\b/i;
// ISO 32000-1 §12.6.4: actions that run a program, send a form or fetch something when a PDF is opened or read.
const PDF_ACTION = /\/(JavaScript|JS|Launch|SubmitForm|ImportData|RichMedia)\b/;

/**
 * True when a picture or a PDF is something else besides: an archive behind it (and with it a Java program: GIFAR), a
 * page within its first bytes, or a PDF that holds a program. Names in a PDF may be written with `#` escapes. What is
 * hidden in the compressed parts of a PDF is not found: nothing that is stored here is ever opened outside of a guest.
 */
export function isMoreThanItSeems(source: ByteSource, format: 'pdf' | 'image'): boolean {
  if (endsAsZip(source)) return true;
  if (PAGE.test(latin1(source.read(0, HEAD_BYTES)))) return true;
  if (format === 'image') return false;
  for (let at = 0; at < Math.min(source.size, MOST_BYTES); at += PIECE_BYTES) {
    const piece = latin1(source.read(at, PIECE_BYTES + OVERLAP));
    const plain = piece.replace(/#([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (PDF_ACTION.test(plain)) return true;
  }
  return false;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
