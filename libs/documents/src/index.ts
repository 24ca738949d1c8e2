export {
  checkDocumentFacts,
  DOCUMENT_FORMATS,
  type DocumentAnswer,
  type DocumentFacts,
  type DocumentFormat,
} from './document-facts.js';
export { PAGE_BYTES } from './page/page.js';
export type { Reading } from './page/make-page.js';
export { readingOf } from './page/reading-thread.js';
export { looksActive } from './plain-text.js';
export { plausibleDay } from './plausible-day.js';
export { readDocument } from './read-document.js';
