/** The same display, asked for in the same way as the gateway asks: only what carries the bytes differs. */
export const VNC: Readonly<Record<string, string | number | readonly string[]>> = {
  hostname: '/run/display/vnc.sock',
  port: '0',
  encodings: 'copyrect raw',
  'color-depth': '24',
  'disable-copy': 'true',
  'disable-paste': 'true',
  cursor: 'local',
  width: 1024,
  height: 768,
  dpi: 96,
  audio: [],
  video: [],
  image: ['image/png', 'image/jpeg'],
  timezone: 'UTC',
};
