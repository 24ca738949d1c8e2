import { account } from './account.js';
import { add } from './add.js';
import { admin } from './admin.js';
import { audit } from './audit.js';
import { common } from './common.js';
import { deposit } from './deposit.js';
import { later } from './later.js';
import { record } from './record.js';
import { settings } from './settings.js';
import { share } from './share.js';
import { studio } from './studio.js';
import { viewer } from './viewer.js';
import { visit } from './visit.js';

export const en = {
  ...common,
  account,
  add,
  admin,
  audit,
  deposit,
  later,
  record,
  settings,
  share,
  studio,
  viewer,
  visit,
};
