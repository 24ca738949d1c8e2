/** Runs `work` over all, a few at a time. Rejects with the first failure; what runs then goes on. */
export async function inParts<T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const left = [...all];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, worker));
}
