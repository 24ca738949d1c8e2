import type { Control } from '@vitrine/delegation';

/** Where guacd finds the display, as seen from inside its own guest. */
const DISPLAY = '/run/display/vnc.sock';

/**
 * What guacd is told at the start of a connection. Built from constants and the role alone: nothing of it comes from
 * a browser. Arguments that are not named here stay empty (files over SSH, recordings, audio, wake-on-LAN, …).
 */
export function connectionSettings(control: Control): Record<string, string | number | readonly string[]> {
  const settings: Record<string, string | number | readonly string[]> = {
    hostname: DISPLAY,
    port: 0,
    // Viewer and guacd share memory: compressing between them costs two thirds of the frame rate.
    encodings: 'copyrect raw',
    'color-depth': 24,
    'read-only': control === 'view' ? 'true' : '',
    'disable-copy': 'true',
    'disable-paste': 'true',
    // Who steers sees their own pointer at once; who only looks sees where the other points.
    cursor: control === 'view' ? 'remote' : 'local',
    width: 1024,
    height: 768,
    dpi: 96,
    audio: [],
    video: [],
    // WebP halves the bytes but doubles guacd's CPU.
    image: ['image/png', 'image/jpeg'],
    timezone: 'UTC',
  };
  // Looked up by names that guacd chooses: `constructor` is to be an empty argument, too.
  return Object.assign(Object.create(null) as typeof settings, settings);
}
