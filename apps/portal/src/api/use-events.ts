import { useEffect, useRef } from 'react';

/** Listens to a stream of server-sent events while mounted. The browser reconnects by itself after a drop. */
export function useEvents<T>(url: string | null, onData: (data: T) => void): void {
  const latest = useRef(onData);
  useEffect(() => {
    latest.current = onData;
  }, [onData]);
  useEffect(() => {
    if (url === null) return;
    const source = new EventSource(url);
    source.onmessage = (event: MessageEvent<string>) => {
      latest.current(JSON.parse(event.data) as T);
    };
    return () => source.close();
  }, [url]);
}
