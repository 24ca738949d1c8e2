import type Guacamole from 'guacamole-common-js';

/** What the gateway says beside the picture: the instruction `vitrine` with the kind `state` and a JSON value. */
export interface GatewayState {
  readonly lossless: boolean;
  /** To the server and back; null until it was measured. */
  readonly roundTripMs: number | null;
}

/** Listens for the gateway's own instruction on a tunnel; all others go on to the client. */
export function onGatewayState(tunnel: Guacamole.Tunnel, tell: (state: GatewayState) => void): void {
  const handle = tunnel.oninstruction;
  tunnel.oninstruction = (opcode, args) => {
    if (opcode === 'vitrine') {
      const state = args[0] === 'state' ? parse(args[1]) : null;
      if (state !== null) tell(state);
    } else handle?.call(tunnel, opcode, args);
  };
}

function parse(text: string | undefined): GatewayState | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null) return null;
    const { lossless, roundTripMs } = value as Record<string, unknown>;
    return {
      lossless: lossless !== false,
      roundTripMs: typeof roundTripMs === 'number' ? roundTripMs : null,
    };
  } catch {
    return null;
  }
}
