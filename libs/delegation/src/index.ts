export { ShareLink, type Control } from './share-link.entity.js';
export { Grant } from './grant.entity.js';
export { DepositCode } from './deposit-code.entity.js';
export { AccessToken, TOKEN_SCOPES, type TokenScope } from './access-token.entity.js';
export {
  AccessTokens,
  accessTokenState,
  LONGEST_DRIVE_DAYS,
  LONGEST_TOKEN_DAYS,
  tokenEntity,
  type AccessTokenDraft,
  type AccessTokenState,
  type KnownProgram,
} from './access-tokens.service.js';
export { ProgramActs } from './program-acts.js';
export {
  decideAccess,
  requireAccess,
  type Access,
  type AccessRequest,
  type Actor,
  type SessionFacts,
} from './access.js';
export { ITEM_OWNERSHIP, LIVE_CONNECTIONS, type ItemOwnership, type LiveConnections } from './ports.js';
export { linkState, PASSCODE_TRIES, type LinkState } from './link-state.js';
export { LONGEST_LINK_MINUTES, ShareLinks, type Owner, type ShareLinkDraft } from './share-links.service.js';
export { visitorAgent, Visits, type KnownGrant, type Redeemed, type Redemption } from './visits.service.js';
export { watermarkOf } from './watermark.js';
export {
  DepositCodes,
  depositCodeState,
  LONGEST_DEPOSIT_CODE_DAYS,
  type DepositCodeDraft,
  type DepositCodeState,
} from './deposit-codes.service.js';
export { aeTitleOf, newHumanCode, readHumanCode } from './human-code.js';
export { LinkMail, type MailOutcome } from './link-mail.js';
export { Mailer, type Mail } from './mailer.js';
export { DelegationModule } from './delegation.module.js';
