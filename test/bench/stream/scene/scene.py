"""Paints what the bench asks for by a key: `s` a still picture, `m` a slice that moves 60 times a second, `n` noise as
fast as the display takes it. `e` paints a square in the corner, black and white in turn: key to picture."""

import ctypes
import os
import select
import time
from ctypes import POINTER, Structure, Union, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p

WIDTH, HEIGHT = 1280, 800
SQUARE = 48
STEP_SECONDS = 1 / 60
KEY_PRESS, EXPOSE = 2, 12
KEY_PRESS_MASK, EXPOSURE_MASK = 1, 1 << 15


class KeyEvent(Structure):
    _fields_ = (
        [('type', c_int), ('serial', c_ulong), ('send_event', c_int), ('display', c_void_p)]
        + [(name, c_ulong) for name in ('window', 'root', 'subwindow', 'time')]
        + [(name, c_int) for name in ('x', 'y', 'x_root', 'y_root')]
        + [('state', c_uint), ('keycode', c_uint), ('same_screen', c_int)]
    )


class Event(Union):
    _fields_ = [('type', c_int), ('key', KeyEvent), ('pad', c_long * 24)]


x = ctypes.CDLL('libX11.so.6')
for name, result, arguments in (
    ('XOpenDisplay', c_void_p, [c_char_p]),
    ('XDefaultRootWindow', c_ulong, [c_void_p]),
    ('XDefaultVisual', c_void_p, [c_void_p, c_int]),
    ('XDefaultGC', c_void_p, [c_void_p, c_int]),
    ('XConnectionNumber', c_int, [c_void_p]),
    ('XCreateSimpleWindow', c_ulong, [c_void_p, c_ulong, c_int, c_int, c_uint, c_uint, c_uint, c_ulong, c_ulong]),
    ('XSelectInput', c_int, [c_void_p, c_ulong, c_long]),
    ('XMapWindow', c_int, [c_void_p, c_ulong]),
    ('XCreateImage', c_void_p, [c_void_p, c_void_p, c_uint, c_int, c_int, c_void_p, c_uint, c_uint, c_int, c_int]),
    ('XPutImage', c_int, [c_void_p, c_ulong, c_void_p, c_void_p, c_int, c_int, c_int, c_int, c_uint, c_uint]),
    ('XSetForeground', c_int, [c_void_p, c_void_p, c_ulong]),
    ('XFillRectangle', c_int, [c_void_p, c_ulong, c_void_p, c_int, c_int, c_uint, c_uint]),
    ('XPending', c_int, [c_void_p]),
    ('XNextEvent', c_int, [c_void_p, POINTER(Event)]),
    ('XLookupKeysym', c_ulong, [POINTER(KeyEvent), c_int]),
    ('XFlush', c_int, [c_void_p]),
    ('XSync', c_int, [c_void_p, c_int]),
):
    function = getattr(x, name)
    function.restype, function.argtypes = result, arguments


def slice_of_a_body(width, height):
    """Grey discs in each other with a fine grain, twice as wide as the screen so that it can move."""
    grain = os.urandom(1 << 16)
    rows = []
    for row in range(height):
        line = bytearray()
        dy = (row - height / 2) / height
        for column in range(0, width, 2):
            dx = (column % (width / 2) - width / 4) / (width / 2)
            far = dx * dx + dy * dy
            level = 0 if far > 0.2 else int(200 - 700 * far) + grain[(row * 613 + column) & 0xFFFF] // 16
            level = max(0, min(255, level))
            line += bytes((level, level, level, 0)) * 2
        rows.append(bytes(line))
    return b''.join(rows)


class Scene:
    def __init__(self):
        self.display = x.XOpenDisplay(None)
        self.gc = x.XDefaultGC(self.display, 0)
        root = x.XDefaultRootWindow(self.display)
        self.window = x.XCreateSimpleWindow(self.display, root, 0, 0, WIDTH, HEIGHT, 0, 0, 0)
        x.XSelectInput(self.display, self.window, KEY_PRESS_MASK | EXPOSURE_MASK)
        x.XMapWindow(self.display, self.window)
        self.kept = []
        self.body = self.image(slice_of_a_body(2 * WIDTH, HEIGHT), 2 * WIDTH)
        self.noise = [self.image(os.urandom(WIDTH * HEIGHT * 4), WIDTH) for _ in range(6)]
        self.mode, self.light, self.at, self.seen = b's', False, 0, False

    def image(self, data, width):
        buffer = ctypes.create_string_buffer(data, len(data))
        self.kept.append(buffer)
        visual = x.XDefaultVisual(self.display, 0)
        return x.XCreateImage(self.display, visual, 24, 2, 0, ctypes.addressof(buffer), width, HEIGHT, 32, width * 4)

    def put(self, image, column):
        x.XPutImage(self.display, self.window, self.gc, image, column, 0, 0, 0, WIDTH, HEIGHT)

    def key(self, event):
        symbol = x.XLookupKeysym(byref(event.key), 0)
        letter = bytes([symbol]) if symbol < 128 else b''
        if letter == b'e':
            self.light = not self.light
            x.XSetForeground(self.display, self.gc, 0xFFFFFF if self.light else 0)
            x.XFillRectangle(self.display, self.window, self.gc, 0, 0, SQUARE, SQUARE)
        elif letter in (b's', b'm', b'n'):
            self.mode = letter
            self.put(self.body, self.at)

    def step(self):
        self.at = (self.at + 4) % WIDTH
        if self.mode == b'n':
            self.put(self.noise[self.at // 4 % len(self.noise)], 0)
        else:
            self.put(self.body, self.at)
        x.XSync(self.display, 0)

    def run(self):
        due = time.monotonic()
        socket = x.XConnectionNumber(self.display)
        while True:
            while x.XPending(self.display):
                event = Event()
                x.XNextEvent(self.display, byref(event))
                if event.type == KEY_PRESS:
                    self.key(event)
                elif self.mode == b's':
                    self.put(self.body, self.at)
                self.seen = self.seen or event.type == EXPOSE
            x.XFlush(self.display)
            if self.mode == b's':
                if not select.select([socket], [], [], 1)[0] and not self.seen:
                    # About once in a hundred starts nobody shows a window that says no more than this once.
                    x.XMapWindow(self.display, self.window)
                    x.XSync(self.display, 0)
                due = time.monotonic()
                continue
            if self.mode == b'm':
                wait = due - time.monotonic()
                if wait > 0 and select.select([socket], [], [], wait)[0]:
                    continue
                due = max(due + STEP_SECONDS, time.monotonic() - STEP_SECONDS)
            self.step()


Scene().run()
