import { describe, expect, it } from '@jest/globals';
import { catalogue } from '../../messages/catalogue.js';
import { connectionWords } from './connection-words.js';
import { NOT_BEGUN, type DisplayState } from './display-state.js';

const LIVE: DisplayState = {
  ...NOT_BEGUN,
  phase: 'live',
  painted: true,
  roundTripMs: 12,
  framesPerSecond: 3,
};
const words = (change: Partial<DisplayState>, ready = true) => connectionWords({ ...LIVE, ...change }, ready);

/** The sign as somebody reads it: in the bar, and behind it. */
function read(language: 'en' | 'de', change: Partial<DisplayState>): readonly [string, string] {
  const { t } = catalogue(language);
  const said = words(change);
  if (said === undefined) return ['', ''];
  return [
    t(said.short),
    `${t(said.long)}${said.pace === undefined ? '' : ` ${t('viewer.pace', said.pace)}`}`,
  ];
}

describe('what is said of the connection', () => {
  it.each(['idle', 'over'] as const)('is nothing while the display is %s', (phase) => {
    expect(words({ phase })).toBeUndefined();
  });

  it('is nothing while the session is not ready', () => {
    expect(words({}, false)).toBeUndefined();
  });

  it('warns when the connection is away, stands still or is not exact, the worst first, and of nothing else', () => {
    const all = { slow: true, lossless: false };
    expect(words({ ...all, phase: 'reconnecting' })).toMatchObject({ short: 'viewer.lost', warns: true });
    expect(words(all)).toMatchObject({ short: 'viewer.slow', warns: true });
    expect(words({ lossless: false })).toMatchObject({ short: 'viewer.reduced', warns: true });
    expect(words({})).toMatchObject({ short: 'viewer.exact', warns: false });
    expect(words({ phase: 'connecting' })).toMatchObject({ short: 'viewer.connecting', warns: false });
  });

  it('gives numbers only when they were measured and are of now', () => {
    expect(words({})?.pace).toEqual({ ms: 12, count: 3 });
    expect(words({ roundTripMs: null })?.pace).toBeUndefined();
    expect(words({ slow: true })?.pace).toBeUndefined();
    expect(words({ phase: 'reconnecting' })?.pace).toBeUndefined();
  });

  it('says the numbers in sentences, in both languages', () => {
    expect(read('en', {})).toEqual([
      'Exact picture',
      'What you see is pixel for pixel what the viewer shows. 12 ms to the server and back · 3 pictures a second',
    ]);
    expect(read('en', { framesPerSecond: 1 })[1]).toContain('1 picture a second');
    expect(read('de', {})).toEqual([
      'Exaktes Bild',
      'Was Sie sehen, ist Punkt für Punkt das, was der Betrachter zeigt. 12 ms zum Server und zurück · 3 Bilder pro Sekunde',
    ]);
  });

  it('does not call a picture in which nothing moves one of 0 a second', () => {
    expect(read('en', { framesPerSecond: 0 })[1]).toContain('nothing moves at the moment');
    expect(read('de', { framesPerSecond: 0 })[1]).toContain('im Moment bewegt sich nichts');
  });

  it('says of a picture that stands still that it may be out of date', () => {
    expect(read('en', { slow: true })).toEqual([
      'Picture stands still',
      'Nothing has come from the server for a moment, so the picture may be out of date. It goes on by itself.',
    ]);
    expect(read('de', { slow: true })[0]).toBe('Bild steht still');
  });
});
