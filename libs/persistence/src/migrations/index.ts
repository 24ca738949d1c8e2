import { Initial1767225600000 } from './0001-initial.js';
import { WayOut1767225600005 } from './0005-way-out.js';

/** In the order in which they run. A migration that has been released is never changed. */
export const migrations = [Initial1767225600000, WayOut1767225600005];
