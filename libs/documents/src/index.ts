export {
  checkDocumentFacts,
  DOCUMENT_FORMATS,
  type DocumentAnswer,
  type DocumentFacts,
  type DocumentFormat,
} from './document-facts.js';
export { looksActive } from './plain-text.js';
export { readDocument } from './read-document.js';
