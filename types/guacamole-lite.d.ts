declare module 'guacamole-lite/lib/GuacdClient.js' {
  import type { EventEmitter } from 'node:events';
  import type { IpcNetConnectOpts, Socket } from 'node:net';

  /** guacamole-lite's client of guacd: connects, selects, answers `args`, emits `open` after `ready`. */
  export default class GuacdClient extends EventEmitter {
    constructor(
      // It hands both to `net.connect`, which takes options in the place of a port.
      guacd: { port: number | string | IpcNetConnectOpts; host?: string },
      selector: string,
      settings: Record<string, unknown>,
      logger: { log(level: number, ...parts: unknown[]): void },
    );
    readonly guacdConnection: Socket;
    readonly activityCheckInterval: NodeJS.Timeout;
    lastActivity: number;
    /** Reads handshake instructions; what it throws is the caller's to catch. */
    processReceivedData(data: Buffer | string): void;
    close(error?: Error): void;
  }
}
