export { bytesOf, describeBlobStore } from './describe-blob-store.js';
