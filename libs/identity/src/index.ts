export { Account } from './account.entity.js';
export { Patient } from './patient.entity.js';
export { SignIn } from './sign-in.entity.js';
export { ROLES, type Role } from './roles.js';
