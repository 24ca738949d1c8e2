export interface Cluster {
  /** How to reach a database of it. */
  url(database?: string): string;
  start(): Promise<void>;
  /** SIGINT ends it in order, SIGQUIT as a crash would. */
  end(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and removes everything. */
  remove(): Promise<void>;
}

export function startCluster(options?: { durable?: boolean }): Promise<Cluster>;
