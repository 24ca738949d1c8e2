export { Blob } from './blob.entity.js';
