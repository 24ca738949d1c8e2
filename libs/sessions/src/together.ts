/**
 * Runs the tasks side by side. When one fails the others are told to stop, and the failure is thrown only after all of
 * them have settled: whoever cleans up next can be sure that nothing is being made any more.
 */
export async function together(
  tasks: readonly ((signal: AbortSignal) => Promise<unknown>)[],
  outer: AbortSignal,
): Promise<void> {
  const controller = new AbortController();
  const forward = () => controller.abort(outer.reason);
  outer.addEventListener('abort', forward, { once: true });
  if (outer.aborted) forward();
  let failure: { readonly error: unknown } | undefined;
  await Promise.all(
    tasks.map(async (task) => {
      try {
        controller.signal.throwIfAborted();
        await task(controller.signal);
      } catch (error) {
        failure ??= { error };
        controller.abort(error);
      }
    }),
  );
  outer.removeEventListener('abort', forward);
  if (failure) throw failure.error;
}
