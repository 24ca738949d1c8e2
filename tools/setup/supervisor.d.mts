export interface Supervised {
  readonly name: string;
  /** The program of Node that it runs. Absolute. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logDir: string;
  /** Shows what the process says instead of keeping it in `<logDir>/<name>.log`. */
  readonly verbose: boolean;
  /** `how` is its exit code or signal; `words` are lines for an operator, empty where it said nothing. */
  onGiveUp(name: string, how: number | string, words: string): void;
  readonly wrap?: (command: readonly string[]) => readonly string[];
}

export class Supervisor {
  constructor(supervised: Supervised);
  readonly pid: number | undefined;
  onMessage(listener: (message: { readonly kind: string }) => void): void;
  start(): void;
  stop(message: { readonly kind: string }, deadlineMs: number): Promise<void>;
}
