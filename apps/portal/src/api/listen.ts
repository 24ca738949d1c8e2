/**
 * Listens to server-sent events with one JSON value each; what it is, the document of the API says. The browser asks
 * again by itself after a drop. Returns what ends the listening.
 */
export function listenTo(url: string, onNews: (news: unknown) => void): () => void {
  const source = new EventSource(url);
  source.onmessage = (event: MessageEvent<string>) => onNews(JSON.parse(event.data));
  return () => source.close();
}
