export { GuacamoleClient, type Closing, type DisplayAddress, type DisplayState } from './guacamole-client.js';
export { Screen } from './screen.js';
