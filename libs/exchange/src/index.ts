export { Import, type ImportNote, type ImportState } from './import.entity.js';
