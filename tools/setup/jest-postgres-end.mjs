export { end as default } from './jest-postgres.mjs';
