export function replaceFiles(made: string, target: string, entries: readonly string[]): void;
