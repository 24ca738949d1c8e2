"""Process 1 of a guest in which software is installed: a display, a window manager, and a terminal of the guest's root.

Lies on the host and is only mounted, so that nothing of it gets into the image that is made. The display runs as the
user of every guest, since only a socket of that user is taken for a display.
"""

import os
import signal
import sys
import time

GUEST = 1000
HERE = '/mnt'
STATUS = '/run/display/status'
MANAGED = '/tmp/windows-are-managed'
SOCKET_FIX = '/opt/vitrine/lib/display-socket.so'
DISPLAY = (
    'Xvnc :1 -geometry 1280x800 -depth 24 -rfbunixpath /run/display/vnc.sock -rfbunixmode 0666 -rfbport -1'
    ' -SecurityTypes None -UseBlacklist=0 -AlwaysShared -AcceptSetDesktopSize -AcceptCutText=0 -SendCutText=0'
    # -ac: the terminal belongs to another user than the display, and nobody else is in here.
    ' -SetPrimary=0 -SendPrimary=0 -nolisten tcp -extension GLX -s 0 -ac -desktop Studio -Log *:stderr:0'
).split()


def spawn(argv, user=None, **more):
    pid = os.fork()
    if pid:
        return pid
    try:
        if user is not None:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        os.execvpe(argv[0], argv, {**os.environ, **more})
    finally:
        os._exit(127)


def tell(word):
    with open(f'{STATUS}.new', 'w', encoding='ascii') as file:
        file.write(word)
    os.chown(f'{STATUS}.new', GUEST, GUEST)
    os.rename(f'{STATUS}.new', STATUS)


def wait_for(path):
    """Not for ever: what comes late is better than nothing."""
    for _ in range(3000):
        if os.path.exists(path):
            return
        time.sleep(0.01)


def leave(*_):
    os._exit(0)


def main():
    signal.signal(signal.SIGTERM, leave)
    os.environ.update(DISPLAY=':1', LANG='C.UTF-8', PATH='/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
    os.makedirs('/tmp/home', exist_ok=True)
    for name in ('/tmp/.X11-unix', '/tmp/.ICE-unix'):
        os.makedirs(name, exist_ok=True)
        os.chmod(name, 0o1777)
    # The places that are empty in memory here; apt makes its own below them as another user.
    os.makedirs('/var/cache/apt/archives/partial', exist_ok=True)
    preload = {'LD_PRELOAD': SOCKET_FIX} if os.path.exists(SOCKET_FIX) else {}
    display = spawn(DISPLAY, GUEST, **preload)
    tell('opening')
    wait_for('/tmp/.X11-unix/X1')
    # A window that comes while the window manager is starting may stay hidden for ever, and who types types into nothing.
    manager = ['openbox', '--sm-disable', '--config-file', f'{HERE}/openbox.xml', '--startup', f'touch {MANAGED}']
    spawn(manager)
    wait_for(MANAGED)
    terminal = spawn(['python3', '-I', f'{HERE}/terminal.py'])
    wait_for('/tmp/terminal-is-there')
    tell('showing')
    while True:
        pid, _ = os.wait()
        if pid == display:
            sys.exit(1)
        if pid == terminal:
            time.sleep(0.5)
            terminal = spawn(['python3', '-I', f'{HERE}/terminal.py'])


main()
