export { ShareLink, type Control } from './share-link.entity.js';
export { Grant } from './grant.entity.js';
export { DepositCode } from './deposit-code.entity.js';
