export function inTurn<T>(
  name: string,
  work: () => Promise<T>,
  onWait?: () => void,
  patienceMs?: number,
): Promise<T>;
