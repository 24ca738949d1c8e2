import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/root.js';
import { docker, sleep, VERSION } from './image-guest.js';

const IMAGE = `vitrine/mupdf:${VERSION}`;
const DESK = join(ROOT, 'vm-images', 'studio');
const GUEST_ID = 1000;
const SHOWING_MS = 90_000;

/** A program that does not read for a while, and more typed for it than the pty holds; then all of it is read. */
const TYPED = `
import os, pty, select, sys, time, tty
sys.path.insert(0, '/mnt')
from outbox import Outbox
master, slave = pty.openpty()
tty.setraw(slave)
os.set_blocking(master, False)
outbox, wanted = Outbox(master, 400_000), b''
for number in range(40_000):
    key = b'%d;' % number
    outbox.put(key)
    wanted += key
kept, got, end = len(outbox.kept), b'', time.monotonic() + 60
while len(got) < len(wanted) and time.monotonic() < end:
    outbox.flush()
    if select.select([slave], [], [], 0.05)[0]:
        got += os.read(slave, 65536)
print(kept > 0, outbox.waiting, outbox.full, got == wanted)
`;

/** The same, with less room than is typed: whole keys are missing at the end, and none in the middle. */
const BEYOND = `
import os, pty, select, sys, time, tty
sys.path.insert(0, '/mnt')
from outbox import Outbox
master, slave = pty.openpty()
tty.setraw(slave)
os.set_blocking(master, False)
outbox, typed = Outbox(master, 1000), b'\\x1b[11~' * 40_000
for at in range(0, len(typed), 6):
    outbox.put(typed[at : at + 6])
full, kept, got, quiet = outbox.full, len(outbox.kept), b'', 0
while quiet < 20:
    outbox.flush()
    if select.select([slave], [], [], 0.05)[0]:
        got += os.read(slave, 65536)
        quiet = 0
    else:
        quiet += 1
print(full, kept <= 1000, 0 < len(got) < len(typed), typed.startswith(got), len(got) % 6, outbox.full)
`;

const inImage = (script: string): string => {
  const { status, stdout, stderr } = spawnSync(
    'docker',
    [
      ...['run', '--rm', '-i', '--network', 'none', '--volume', `${DESK}:/mnt:ro`],
      ...['--entrypoint', 'python3', IMAGE, '-'],
    ],
    { input: script, encoding: 'utf8', timeout: 100_000 },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
};

describe('what is typed in the studio, in the image itself', () => {
  const leftovers: (() => void)[] = [];
  afterEach(() => {
    for (const remove of leftovers.splice(0).reverse()) remove();
  });

  it('keeps what the terminal’s program does not read yet, and hands it over whole and in order', () => {
    expect(inImage(TYPED)).toBe('True False False True');
  });

  it('refuses whole keys beyond its bound, says so, and takes keys again when the rest has gone', () => {
    expect(inImage(BEYOND)).toBe('True True True True 0 False');
  });

  it('says that it shows something when its terminal takes keys, however late the window manager comes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-desk-'));
    leftovers.push(() => rmSync(folder, { recursive: true, force: true }));
    chownSync(folder, GUEST_ID, GUEST_ID);
    const late = join(folder, 'openbox');
    writeFileSync(late, '#!/bin/sh\nsleep 1\nexec /usr/bin/openbox "$@"\n');
    chmodSync(late, 0o755);
    const name = `vitrine-desk-test-${basename(folder)}`;
    docker(
      ...['run', '--detach', '--name', name, '--network', 'none', '--log-driver', 'none', '--user', '0:0'],
      ...['--env', 'HOME=/tmp/home', '--tmpfs', '/tmp:rw,exec,mode=1777', '--volume', `${DESK}:/mnt:ro`],
      ...['--volume', `${folder}:/run/display`, '--volume', `${late}:/usr/local/sbin/openbox:ro`],
      ...['--entrypoint', '/usr/bin/python3', IMAGE, '-I', '/mnt/desk.py'],
    );
    leftovers.push(() => docker('rm', '--force', name));
    const status = join(folder, 'status');
    const deadline = Date.now() + SHOWING_MS;
    while (!(existsSync(status) && readFileSync(status, 'ascii') === 'showing') && Date.now() < deadline)
      await sleep(50);
    expect(readFileSync(status, 'ascii')).toBe('showing');
    expect(docker('exec', name, 'ls', '/tmp')).toContain('terminal-is-there');
  });
});
