/** A backup cannot be made or used. The message is one plain sentence for the operator. */
export class BackupFailed extends Error {
  override readonly name = 'BackupFailed';
}

export const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
