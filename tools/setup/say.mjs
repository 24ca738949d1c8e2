/** What a person sees while things are made ready: one line a step, with the time it took. */
const started = Date.now();

export const say = (text = '') => process.stdout.write(`${text}\n`);

/** Runs a step and says how it went. Long steps report through `note`. */
export async function step(title, work) {
  const begun = Date.now();
  const live = process.stdout.isTTY;
  const show = (text) =>
    live &&
    process.stdout.write(`\r\x1b[2K  · ${title} … ${text}`.slice(0, (process.stdout.columns ?? 100) + 6));
  if (live) show('');
  let lastNote = Date.now();
  const result = await work((text) => {
    if (live) show(text.trim());
    else if (Date.now() - lastNote > 15_000) {
      lastNote = Date.now();
      say(`  · ${title} … ${text.trim()}`);
    }
  });
  const seconds = (Date.now() - begun) / 1000;
  if (live) process.stdout.write('\r\x1b[2K');
  say(
    `  ✓ ${title}${typeof result === 'string' ? `: ${result}` : ''}${seconds >= 0.5 ? ` (${seconds.toFixed(1)} s)` : ''}`,
  );
  return result;
}

export const elapsed = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;

/** A failure that is explained in one sentence: no stack is shown for it. */
export class Stop extends Error {}
