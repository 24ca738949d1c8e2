/** Bytes of a page at most, which is some hundred printed ones. What does not fit is left out, and the page says so. */
export const PAGE_BYTES = 512 * 1024;
const END = '<p class="note">There is more in this document than fits here. The original has all of it.</p>';

const STYLE = `body { font-family: sans-serif; font-size: 11pt } h1 { font-size: 17pt } h2 { font-size: 14pt }
h3 { font-size: 12pt } table { width: 100% } th { text-align: left; background-color: #e6e9ed } td, th { padding: 2pt; font-size: 10pt }
.note { color: #5a6675 }`;

/** Builds a page of plain marks: no link, no picture, no program, whatever the document held. */
export class Page {
  private readonly parts: string[] = [];
  private bytes = STYLE.length + END.length + 500;
  private isFull = false;

  constructor(private readonly title: string) {
    this.heading(1, title === '' ? 'Document' : title);
  }

  heading(level: 1 | 2 | 3, text: string): void {
    if (text !== '') this.add(`<h${level}>${escaped(text)}</h${level}>`);
  }

  paragraph(text: string): void {
    if (text.trim() !== '') this.add(`<p>${lines(text)}</p>`);
  }

  note(text: string): void {
    this.add(`<p class="note">${lines(text)}</p>`);
  }

  /** What is empty is left out. */
  facts(facts: readonly (readonly [string, string])[]): void {
    const told = facts.filter(([, value]) => value !== '');
    if (told.length > 0) this.paragraph(told.map(([name, value]) => `${name}: ${value}`).join('\n'));
  }

  list(items: readonly string[]): void {
    if (items.length > 0) this.add(`<ul>${items.map((item) => `<li>${lines(item)}</li>`).join('')}</ul>`);
  }

  /** Columns in which no row has anything are left out. */
  table(names: readonly string[], rows: readonly (readonly string[])[]): void {
    const columns = [...Array(Math.max(names.length, ...rows.map((row) => row.length))).keys()];
    const used = columns.filter((column) => rows.some((row) => (row[column] ?? '') !== ''));
    if (used.length === 0) return;
    const row = (cells: readonly string[], tag: 'td' | 'th') =>
      `<tr>${used.map((column) => `<${tag}>${lines(breakable(cells[column] ?? ''))}</${tag}>`).join('')}</tr>`;
    const head = names.some((name) => name !== '') ? row(names, 'th') : '';
    // In parts, so that a long one fills the page and is not left out as a whole.
    for (let at = 0; at < rows.length; at += 100) {
      const part = rows.slice(at, at + 100).map((cells) => row(cells, 'td'));
      this.add(`<table>${at === 0 ? head : ''}${part.join('')}</table>`);
    }
  }

  /** XHTML, in UTF-8. */
  html(): Buffer {
    return Buffer.from(
      `<html xmlns="http://www.w3.org/1999/xhtml"><head><title>${escaped(this.title)}</title><style>${STYLE}</style>` +
        `</head><body>${this.parts.join('\n')}${this.isFull ? END : ''}</body></html>`,
    );
  }

  private add(part: string): void {
    this.bytes += Buffer.byteLength(part) + 1;
    this.isFull ||= this.bytes > PAGE_BYTES;
    if (!this.isFull) this.parts.push(part);
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string =>
  text
    // What XML has no place for, and what turns around the direction of what follows.
    .replace(/[^\P{Cc}\t\n]|[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, ' ')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[&<>"]/g, (letter) => ENTITIES[letter] ?? '');

/** Long words may go on in the next line of their cell: the reader lets them run into the next one otherwise. */
const breakable = (text: string): string =>
  text.replace(/\S{13,}/g, (word) =>
    word.replace(/([/_.,;:=-])(?=\S)/g, '$1\u200b').replace(/([^\u200b]{20})/g, '$1\u200b'),
  );

const lines = (text: string): string => text.split('\n').map(escaped).join('<br/>');
