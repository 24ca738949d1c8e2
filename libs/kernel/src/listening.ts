/**
 * What to tell an operator when a process cannot listen: for a port below 1024, which a user without rights may not take,
 * what gives it the right. Anything else is answered as it is.
 */
export function explainListening(error: unknown): unknown {
  const { code, syscall, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code !== 'EACCES' || syscall !== 'listen' || port === undefined) return error;
  return new Error(
    `Port ${port} is below 1024, and this process has no right to it: give it CAP_NET_BIND_SERVICE (docs/operating/processes.md), or choose a higher one.`,
    { cause: error },
  );
}
