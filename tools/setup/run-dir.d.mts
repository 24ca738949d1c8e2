/** 32 hex digits. Throws a plain sentence. */
export function installationOf(dataDir: string): string;
export function removeRunDir(dataDir: string, given?: string): void;
