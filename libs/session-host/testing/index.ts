export { OpenRegister } from './open-register.js';
export { testSessionHost, type TestHostOptions } from './test-session-host.js';
export { ForgetfulCopier } from './forgetful-copier.js';
export { RawClient } from './raw-client.js';
