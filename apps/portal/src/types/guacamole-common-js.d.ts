/** The part of guacamole-common-js 1.5 that the display uses. */
declare module 'guacamole-common-js' {
  namespace Guacamole {
    class Status {
      readonly code: number;
      readonly message?: string;
    }

    class Tunnel {
      static readonly State: {
        readonly CONNECTING: 0;
        readonly OPEN: 1;
        readonly CLOSED: 2;
        readonly UNSTABLE: 3;
      };
      state: number;
      receiveTimeout: number;
      unstableThreshold: number;
      onerror: ((status: Status) => void) | null;
      onstatechange: ((state: number) => void) | null;
      oninstruction: ((opcode: string, args: string[]) => void) | null;
    }

    class WebSocketTunnel extends Tunnel {
      constructor(url: string);
    }

    class Display {
      getElement(): HTMLElement;
      getWidth(): number;
      getHeight(): number;
      scale(factor: number): void;
      showCursor(shown: boolean): void;
      flush(callback?: () => void): void;
      oncursor: ((canvas: HTMLCanvasElement, x: number, y: number) => void) | null;
      onresize: ((width: number, height: number) => void) | null;
    }

    class Client {
      constructor(tunnel: Tunnel);
      connect(data?: string): void;
      disconnect(): void;
      getDisplay(): Display;
      sendSize(width: number, height: number): void;
      sendMouseState(state: Mouse.State, applyDisplayScale?: boolean): void;
      sendKeyEvent(pressed: 0 | 1, keysym: number): void;
      onerror: ((status: Status) => void) | null;
      onstatechange: ((state: number) => void) | null;
      onsync: ((timestamp: number) => void) | null;
    }

    class Mouse {
      constructor(element: HTMLElement);
      onEach(types: string[], listener: (event: Mouse.Event) => void): void;
      setCursor(canvas: HTMLCanvasElement, x: number, y: number): boolean;
    }

    namespace Mouse {
      class State {
        x: number;
        y: number;
      }
      class Event {
        readonly type: string;
        readonly state: State;
      }
      class Touchscreen extends Mouse {}
      class Touchpad extends Mouse {}
    }

    class Keyboard {
      constructor(element: HTMLElement);
      readonly pressed: Readonly<Record<number, boolean>>;
      reset(): void;
      onkeydown: ((keysym: number) => boolean) | null;
      onkeyup: ((keysym: number) => void) | null;
    }
  }

  export default Guacamole;
}
