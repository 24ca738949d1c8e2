import { Initial1767225600000 } from './0001-initial.js';
import { Dimse1767484800000 } from './0004-dimse.js';

/** In the order in which they run. A migration that has been released is never changed. */
export const migrations = [Initial1767225600000, Dimse1767484800000];
