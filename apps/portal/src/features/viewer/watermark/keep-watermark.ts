import classes from './watermark.module.css';

/** Both fill the largest field: a row is nowhere lower than 4 vmax, and a name with its gap no narrower than 10 vmax. */
const ROWS = 38;
const NAMES_IN_A_ROW = 15;
const GAP = '\u2003'.repeat(5);

/**
 * Lays the line over the picture again and again, in slanted rows, and puts it back when it is taken away or changed.
 * Who runs a page can always get rid of it: it is for screens that are photographed, not against one's own browser.
 * Returns what ends it.
 */
export function keepWatermark(picture: HTMLElement, line: string): () => void {
  const stage = picture.parentElement;
  if (stage === null) return () => undefined;
  let mark = watermark(line);
  let frame = 0;
  const observer = new MutationObserver((changes) => {
    const isTouched = mark.previousSibling !== picture || changes.some(({ target }) => target !== stage);
    // With the next frame: who takes it away every time must not bring the page to a stop.
    if (isTouched && frame === 0) frame = requestAnimationFrame(lay);
  });
  const lay = () => {
    frame = 0;
    observer.disconnect();
    mark.remove();
    mark = watermark(line);
    picture.after(mark);
    observer.observe(stage, { childList: true });
    observer.observe(mark, { attributes: true, characterData: true, childList: true, subtree: true });
  };
  lay();
  return () => {
    observer.disconnect();
    cancelAnimationFrame(frame);
    mark.remove();
  };
}

function watermark(line: string): HTMLElement {
  const mark = box(classes['mark']);
  mark.setAttribute('aria-hidden', 'true');
  mark.dataset['watermark'] = line;
  const field = box(classes['field']);
  for (let row = 0; row < ROWS; row++) field.append(rowOf(line));
  mark.append(field);
  return mark;
}

/** The style sheet writes it, so that nobody finds the name dozens of times who searches the page or copies all of it. */
function rowOf(line: string): HTMLElement {
  const row = box(classes['row']);
  row.dataset['names'] = new Array<string>(NAMES_IN_A_ROW).fill(line).join(GAP);
  return row;
}

function box(className: string | undefined): HTMLElement {
  const element = document.createElement('div');
  element.className = className ?? '';
  return element;
}
