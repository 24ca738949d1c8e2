const KEPT_BYTES = 16 * 1024;
const MOST_LINES = 12;
const LONGEST_LINE = 300;
/** Of the structured log: a warning. */
const WARNING = 40;

/** Hears what a process writes, and can say its end in a way that an operator can read. */
export class LastWords {
  #kept = '';

  hear(chunk) {
    this.#kept = (this.#kept + chunk.toString()).slice(-KEPT_BYTES);
  }

  /** The last lines: what the process complained of where it did, else whatever it said; empty where it said nothing. */
  get text() {
    const lines = this.#kept
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map(readLine);
    const complaints = lines.filter(({ level }) => level >= WARNING);
    return (complaints.length > 0 ? complaints : lines)
      .slice(-MOST_LINES)
      .map(({ text }) => text.slice(0, LONGEST_LINE))
      .join('\n');
  }
}

/** A line of the structured log as a sentence; any other, such as a stack that Node prints, as it is. */
function readLine(line) {
  try {
    const { level, msg = '', err } = JSON.parse(line);
    if (typeof level === 'number') return { level, text: [msg, err?.message].filter(Boolean).join(': ') };
  } catch {
    // Not of the log.
  }
  return { level: Number.POSITIVE_INFINITY, text: line };
}
