"""PID 1 of a viewer guest: waits for the record, has it prepared, runs the viewer and tells the host how far it is.

The host reads one word from /run/display/status. Everything that touches a file of the record or the display runs in a
process of its own; this one must not be able to crash.
"""

import json
import os
import signal
import sys
import time

ROOT = '/opt/vitrine'
STATUS = '/run/display/status'
RECORD_WAIT_SECONDS = float(os.environ.get('VITRINE_RECORD_WAIT', '') or 3600)
PREPARE_SECONDS = 600
SHOWING_SECONDS = 120
# The viewer opens what is there and takes in the rest when it comes.
FOLLOWS = os.environ.get('VITRINE_PARTS') == 'follow'
RESTARTS = 3
RESTART_WINDOW_SECONDS = 60
SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}


class Guest:
    """The processes of this guest. `turn` sleeps until something happens and reaps whoever ended."""

    def __init__(self, display):
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self.display = display
        self.codes = {}

    def spawn(self, *argv):
        pid = os.posix_spawnp(argv[0], argv, dict(os.environ), setsigmask=(), setsigdef=[signal.SIGPIPE])
        self.codes.pop(pid, None)  # Of an earlier process with the same number, whom nobody asked for.
        return pid

    def turn(self, seconds):
        event = signal.sigtimedwait(SIGNALS, seconds)
        if event is not None and event.si_signo != signal.SIGCHLD:
            self.leave(0)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            self.codes[pid] = os.waitstatus_to_exitcode(status)
        if self.display in self.codes:
            fail('the display ended')

    def wait(self, pid, seconds):
        """The exit code; None when it did not end in time and was killed."""
        deadline = time.monotonic() + seconds
        while pid not in self.codes:
            left = deadline - time.monotonic()
            if left <= 0:
                os.kill(pid, signal.SIGKILL)
                return None
            self.turn(left)
        return self.codes.pop(pid)

    def leave(self, code):
        """Ending PID 1 ends every process of the guest."""
        os._exit(code)


def fail(reason):
    sys.stderr.write(f'launcher: {reason}\n')
    os._exit(1)


def tell(word):
    """Whole or not at all: the host may read at any moment."""
    try:
        with open(f'{STATUS}.new', 'w', encoding='ascii') as file:
            file.write(word)
        os.rename(f'{STATUS}.new', STATUS)
    except OSError as error:
        sys.stderr.write(f'launcher: status cannot be written: {error.strerror}\n')


def wait_for_display(guest):
    while not os.path.exists('/tmp/.X11-unix/X1'):
        guest.turn(0.004)


def wait_for_record(guest):
    """The folder may be mounted while we wait, and a mount makes no event: so look, often at first."""
    started = time.monotonic()
    while not os.path.exists('/record/open.json') and not os.path.exists('/record/arriving.json'):
        waited = time.monotonic() - started
        if waited > RECORD_WAIT_SECONDS:
            fail('no record came')
        guest.turn(0.01 if waited < 10 else 0.05)


NOTHING = {'items': [], 'refused': 0}


def read_prepared():
    try:
        with open('/tmp/record/open.json', encoding='utf-8') as file:
            return json.load(file), os.fstat(file.fileno()).st_mtime_ns
    except FileNotFoundError:
        return NOTHING, 0


def pictures(prepared):
    return sum(file['role'] == 'picture' for item in prepared['items'] for file in item['files'])


def wait_for_pictures(guest, preparer):
    """What the viewer starts with: a part that has a picture for one that goes on with the rest, else everything."""
    prepared, seen = read_prepared()
    deadline = time.monotonic() + PREPARE_SECONDS
    while preparer not in guest.codes:
        if FOLLOWS and pictures(prepared) > 0:
            return prepared
        if time.monotonic() > deadline:
            os.kill(preparer, signal.SIGKILL)
            return NOTHING
        guest.turn(0.05)
        before = seen
        prepared, seen = read_prepared()
        if seen != before:
            deadline = time.monotonic() + PREPARE_SECONDS
    return read_prepared()[0] if guest.codes[preparer] == 0 else NOTHING


def placeholders(command, prepared):
    """`{files}` becomes every file, `{file}` the first one; the viewer is started without a shell."""
    files = [file['path'] for item in prepared['items'] for file in item['files'] if file['role'] == 'picture']
    argv = []
    for part in command:
        if part == '{files}':
            argv.extend(files)
        else:
            argv.append(files[0] if part == '{file}' else part)
    return argv


def run_viewer(guest, argv, preparer):
    """Keeps the viewer up. It may end by itself now and then; one that cannot stay up ends the guest.

    So does what prepares the rest of the record: a study of which a part is missing must not look like a whole one.
    """
    ends = []
    while True:
        if os.path.exists('/tmp/vitrine/showing'):
            os.unlink('/tmp/vitrine/showing')
        tell('opening')
        viewer = guest.spawn(*argv)
        watcher = guest.spawn('python3', '-I', f'{ROOT}/lib/watch.py', str(SHOWING_SECONDS))
        while viewer not in guest.codes:
            guest.turn(3600)
            if preparer in guest.codes:
                if guest.codes.pop(preparer) != 0:
                    fail('the rest of the record could not be prepared')
                preparer = None
            if watcher in guest.codes:
                if guest.codes.pop(watcher) == 0:
                    tell('showing')
                watcher = None  # When it gave up, the host's own deadline decides.
        sys.stderr.write(f'launcher: the viewer ended with code {guest.codes.pop(viewer)}\n')
        if watcher is not None and watcher not in guest.codes:
            os.kill(watcher, signal.SIGKILL)
        now = time.monotonic()
        ends = [end for end in ends if now - end < RESTART_WINDOW_SECONDS] + [now]
        if len(ends) > RESTARTS:
            fail('the viewer cannot stay up')


def main():
    # The display, which was started before, goes first: all else in here only makes what it shows.
    os.nice(5)
    guest = Guest(int(sys.argv[1]))
    os.makedirs('/tmp/vitrine', exist_ok=True)
    tell('waiting')
    wait_for_display(guest)
    guest.spawn('openbox', '--sm-disable', '--config-file', f'{ROOT}/openbox.xml')
    if os.access(f'{ROOT}/early', os.X_OK):
        guest.spawn(f'{ROOT}/early')
    import yaml  # Late: it takes longer to load than the display takes to come up.

    with open(f'{ROOT}/viewer.yaml', encoding='utf-8') as file:
        manifest = yaml.safe_load(file)
    wait_for_record(guest)
    tell('opening')
    formats = ','.join(manifest['formats'])
    preparer = guest.spawn('python3', '-I', f'{ROOT}/lib/prepare.py', formats)
    prepared = wait_for_pictures(guest, preparer)
    if pictures(prepared) == 0:
        message = guest.spawn('python3', '-I', f'{ROOT}/lib/message.py', 'refused', str(prepared['refused']))
        guest.wait(guest.spawn('python3', '-I', f'{ROOT}/lib/watch.py', '10', 'window'), 12)
        tell('refused')
        guest.wait(message, 10**8)
        fail('the message was closed')
    run_viewer(guest, placeholders(manifest['command'], prepared), preparer)


main()
