"""A terminal in a window, of what every viewer image has: Python and Tk. Speaks what `TERM=linux` promises."""

import codecs
import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
import tkinter
import tkinter.font

sys.path.insert(0, '/mnt')
from outbox import Outbox  # noqa: E402
from screen import Screen  # noqa: E402

WELCOME = (
    'You are root of this copy of the image. Install what the viewer needs, for example:\r\n'
    '    apt-get update && apt-get install --no-install-recommends feh\r\n'
    'Made sample data lies in /record. What is in /tmp, /var/cache/apt and /var/log is not kept.\r\n\r\n'
)
COLOURS = ['#171421', '#e06c75', '#8fce7e', '#d7a657', '#6fb1f0', '#c58af0', '#56c2c0', '#e8eaed']
KEPT = 2000
FULL = 'Terminal: what runs here reads nothing, so it takes no more keys'
PAPER, INK = '#0c1115', '#e8eaed'
KEYS = {
    'Return': b'\r', 'KP_Enter': b'\r', 'BackSpace': b'\x7f', 'Tab': b'\t', 'Escape': b'\x1b',
    'Up': b'\x1b[A', 'Down': b'\x1b[B', 'Right': b'\x1b[C', 'Left': b'\x1b[D',
    'Home': b'\x1b[1~', 'Insert': b'\x1b[2~', 'Delete': b'\x1b[3~', 'End': b'\x1b[4~',
    'Prior': b'\x1b[5~', 'Next': b'\x1b[6~',
    'F1': b'\x1b[[A', 'F2': b'\x1b[[B', 'F3': b'\x1b[[C', 'F4': b'\x1b[[D', 'F5': b'\x1b[[E',
    'F6': b'\x1b[17~', 'F7': b'\x1b[18~', 'F8': b'\x1b[19~', 'F9': b'\x1b[20~', 'F10': b'\x1b[21~',
    'F11': b'\x1b[23~', 'F12': b'\x1b[24~',
}  # fmt: skip


class Terminal:
    def __init__(self):
        self.root = tkinter.Tk(className='terminal')
        self.root.title('Terminal')
        self.root.geometry('1000x620')
        self.font = tkinter.font.Font(family='DejaVu Sans Mono', size=-15)
        self.text = tkinter.Text(
            self.root, font=self.font, bg=PAPER, fg=INK, bd=0, padx=8, pady=6, wrap='none', insertwidth=0,
            highlightthickness=0, cursor='xterm', undo=False,
        )  # fmt: skip
        self.text.pack(fill='both', expand=True)
        for number, colour in enumerate(COLOURS):
            self.text.tag_configure(f'f{number}', foreground=colour)
            self.text.tag_configure(f'b{number}', background=colour)
        self.text.tag_configure('reverse', foreground=PAPER, background=INK)
        self.text.tag_configure('cursor', foreground=PAPER, background='#9fd3dc')
        self.screen = Screen(100, 30)
        self.decoder = codecs.getincrementaldecoder('utf-8')('replace')
        self.screen.feed(WELCOME)
        self.child, self.pty = self.start()
        self.outbox = Outbox(self.pty)
        self.root.createfilehandler(self.pty, tkinter.READABLE, self.ready)
        self.text.bind('<Key>', self.typed)
        self.text.bind('<Shift-Prior>', lambda _: self.scroll(-1))
        self.text.bind('<Shift-Next>', lambda _: self.scroll(1))
        self.text.bind('<Configure>', self.resized)
        # Nobody has clicked yet, and the first keys must not be lost.
        self.text.bind('<Map>', lambda _: self.root.after(200, self.text.focus_force))
        self.text.bind('<FocusIn>', lambda _: self.tell())
        # Lines of the text that have scrolled away, and of the screen below them.
        self.above = self.drawn = 0
        self.drawing = None
        self.draw()

    def tell(self):
        """Who types from now on types into this window."""
        with open('/tmp/terminal-is-there', 'w', encoding='ascii'):
            pass

    def start(self):
        child, handle = pty.fork()
        if child == 0:
            os.chdir('/root')
            shell = '/bin/bash' if os.path.exists('/bin/bash') else '/bin/sh'
            # What cannot be answered at this screen must not wait for an answer.
            more = {'TERM': 'linux', 'SHELL': shell, 'DEBIAN_FRONTEND': 'readline', 'HISTFILE': '/dev/null'}
            os.execve(shell, [shell], {**os.environ, **more})
        os.set_blocking(handle, False)
        return child, handle

    def ready(self, _, what):
        if what & tkinter.WRITABLE:
            self.outbox.flush()
            self.listen()
        if what & tkinter.READABLE:
            self.read()

    def listen(self):
        """A pty can nearly always be written to, so that is only waited for while something is kept."""
        what = tkinter.READABLE | (tkinter.WRITABLE if self.outbox.waiting else 0)
        self.root.createfilehandler(self.pty, what, self.ready)
        self.root.title(FULL if self.outbox.full else 'Terminal')

    def read(self):
        try:
            data = os.read(self.pty, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b''
        if not data:
            self.root.destroy()
            return
        self.screen.feed(self.decoder.decode(data))
        if self.screen.answers:
            self.send(b''.join(self.screen.answers))
            self.screen.answers.clear()
        if self.drawing is None:
            self.drawing = self.root.after(16, self.draw)

    def send(self, data):
        self.outbox.put(data)
        self.listen()

    def typed(self, event):
        data = KEYS.get(event.keysym) or event.char.encode('utf-8', 'ignore')
        if data:
            self.send(b'\x1b' + data if event.state & 8 and event.keysym not in KEYS else data)
            self.text.yview(self.at(0))
        return 'break'

    def scroll(self, pages):
        self.text.yview_scroll(pages, 'pages')
        return 'break'

    def resized(self, event):
        columns = max(20, (event.width - 16) // self.font.measure('0'))
        rows = max(5, (event.height - 12) // self.font.metrics('linespace'))
        if (columns, rows) == (self.screen.columns, self.screen.rows):
            return
        self.screen.resize(columns, rows)
        fcntl.ioctl(self.pty, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        self.draw()

    def draw(self):
        """Lines that scrolled away are only ever added; those of the screen are written anew where they changed."""
        self.drawing = None
        text, screen = self.text, self.screen
        above = screen.take_history()
        if above or screen.all_changed:
            text.delete(self.at(0), self.at(self.drawn))
            for line in [*above, *screen.lines]:
                self.write('end-1c', line)
                text.insert('end-1c', '\n')
            self.above += len(above)
            self.drawn = screen.rows
            surplus = max(0, self.above - KEPT)
            text.delete('1.0', f'{surplus + 1}.0')
            self.above -= surplus
        else:
            for row in screen.changed:
                text.delete(self.at(row), f'{self.at(row)} lineend')
                self.write(self.at(row), screen.lines[row])
        screen.changed.clear()
        screen.all_changed = False
        text.tag_remove('cursor', '1.0', 'end')
        if screen.cursor_shown:
            at = f'{self.at(screen.y)} + {min(screen.x, screen.columns - 1)} chars'
            text.tag_add('cursor', at, f'{at} + 1 chars')
        text.yview(self.at(0))

    def at(self, row):
        return f'{self.above + row + 1}.0'

    def write(self, at, line):
        runs, last = [], None
        for char, style in line:
            if style != last:
                runs.extend(['', style])
                last = style
            runs[-2] += char
        if runs:
            self.text.insert(at, *runs)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    terminal = Terminal()
    terminal.root.mainloop()


main()
