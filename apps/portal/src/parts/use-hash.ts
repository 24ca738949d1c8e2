import { useSyncExternalStore } from 'react';

const subscribe = (listener: () => void): (() => void) => {
  window.addEventListener('hashchange', listener);
  window.addEventListener('popstate', listener);
  return () => {
    window.removeEventListener('hashchange', listener);
    window.removeEventListener('popstate', listener);
  };
};
const read = (): string => window.location.hash.slice(1);

/** What stands behind the “#” of the address: never sent to a server, so a secret may stand there for a moment. */
export const useHash = (): string => useSyncExternalStore(subscribe, read);

/** Takes the secret out of the address and of this step of the history. */
export function forgetHash(): void {
  window.history.replaceState(window.history.state, '', window.location.pathname);
}
