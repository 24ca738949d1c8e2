export { Account } from './account.entity.js';
export { Patient } from './patient.entity.js';
export { SignIn } from './sign-in.entity.js';
export { ROLES, type Role } from './roles.js';
export {
  Accounts,
  agentOf,
  type AccountDraft,
  type NewPatient,
  type ProfileChange,
} from './accounts.service.js';
export { SignIns, type KnownSignIn, type NewSignIn } from './sign-ins.service.js';
export { Passwords } from './passwords.service.js';
export { PasswordHasher } from './password-hasher.js';
export { LONGEST_PASSWORD, SHORTEST_PASSWORD } from './password-rules.js';
export { PASSWORD_STRATEGY } from './password.strategy.js';
export { IdentityModule } from './identity.module.js';
