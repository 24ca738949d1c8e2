export { FtpsServer, type FtpsServerOptions } from './ftps-server.js';
export type { Ending } from './control-connection.js';
export { Refused, type FileSink, type FtpsService, type Login, type Visit } from './ftps-service.js';
export { FTPS_LIMITS, type FtpsLimits } from './limits.js';
export type { PortRange } from './passive-port.js';
export { REPLY, type Reply } from './replies.js';
