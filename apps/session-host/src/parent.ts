/** Tells the program that started this process that it serves. */
export const tellReady = (): void => void process.send?.({ kind: 'ready' });

/** Calls `end` when the parent asks for it, which it does last, and `orphaned` when it is gone: nobody would restart us then. */
export function onParentEnd(end: () => void, orphaned: () => void): void {
  process.on('message', (message: { kind?: string }) => {
    if (message.kind === 'end') end();
  });
  process.on('disconnect', orphaned);
}
