"""The few X calls that the launcher's helpers need, over libX11 and libXtst. The end of the display ends the process, so
only processes that may end use this."""

import ctypes
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_long, c_uint, c_ulong, c_void_p

ALL_PLANES = ctypes.c_ulong(-1).value
Z_PIXMAP = 2
IS_VIEWABLE = 2


class _Attributes(Structure):
    _fields_ = (
        [(name, c_int) for name in ('x', 'y', 'width', 'height', 'border_width', 'depth')]
        + [('visual', c_void_p), ('root', c_ulong)]
        + [(name, c_int) for name in ('class_', 'bit_gravity', 'win_gravity', 'backing_store')]
        + [('backing_planes', c_ulong), ('backing_pixel', c_ulong), ('save_under', c_int)]
        + [('colormap', c_ulong), ('map_installed', c_int), ('map_state', c_int)]
        + [('all_event_masks', c_long), ('your_event_mask', c_long), ('do_not_propagate_mask', c_long)]
        + [('override_redirect', c_int), ('screen', c_void_p)]
    )


class _Image(Structure):
    _fields_ = (
        [(name, c_int) for name in ('width', 'height', 'xoffset', 'format')]
        + [('data', c_void_p)]
        + [(name, c_int) for name in ('byte_order', 'bitmap_unit', 'bitmap_bit_order', 'bitmap_pad', 'depth')]
        + [('bytes_per_line', c_int), ('bits_per_pixel', c_int)]
    )


_x = ctypes.CDLL('libX11.so.6')
for _name, _result, _arguments in (
    ('XOpenDisplay', c_void_p, [c_char_p]),
    ('XDefaultRootWindow', c_ulong, [c_void_p]),
    ('XGetWindowAttributes', c_int, [c_void_p, c_ulong, POINTER(_Attributes)]),
    ('XQueryTree', c_int, [c_void_p, c_ulong, POINTER(c_ulong), POINTER(c_ulong), POINTER(c_void_p), POINTER(c_uint)]),
    ('XFree', c_int, [c_void_p]),
    ('XGetImage', POINTER(_Image), [c_void_p, c_ulong, c_int, c_int, c_uint, c_uint, c_ulong, c_int]),
    ('XDestroyImage', c_int, [POINTER(_Image)]),
    ('XInternAtom', c_ulong, [c_void_p, c_char_p, c_int]),
    ('XChangeProperty', c_int, [c_void_p, c_ulong, c_ulong, c_ulong, c_int, c_int, c_void_p, c_int]),
    ('XStringToKeysym', c_ulong, [c_char_p]),
    ('XKeysymToKeycode', c_uint, [c_void_p, c_ulong]),
    ('XFlush', c_int, [c_void_p]),
    ('XSync', c_int, [c_void_p, c_int]),
):
    _function = getattr(_x, _name)
    _function.restype, _function.argtypes = _result, _arguments


# Windows come and go while one looks: a question about one that is gone has no answer, and is no reason to end.
_ignore = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)(lambda _display, _event: 0)
_x.XSetErrorHandler(_ignore)


class XDisplay:
    """The display of this guest."""

    def __init__(self):
        self.display = _x.XOpenDisplay(None)
        if not self.display:
            raise OSError('no display')
        self.root = _x.XDefaultRootWindow(self.display)

    def geometry(self, window=None):
        attributes = _Attributes()
        _x.XGetWindowAttributes(self.display, window or self.root, byref(attributes))
        return attributes

    def windows(self):
        """Attributes of the visible windows directly below the root."""
        root, parent, children, count = c_ulong(), c_ulong(), c_void_p(), c_uint()
        _x.XQueryTree(self.display, self.root, byref(root), byref(parent), byref(children), byref(count))
        ids = ctypes.cast(children, POINTER(c_ulong))[: count.value] if children else []
        if children:
            _x.XFree(children)
        return [a for a in map(self.geometry, ids) if a.map_state == IS_VIEWABLE]

    def picture(self, x, y, width, height):
        """Pixels of that part of the screen, 4 bytes each (blue, green, red, unused)."""
        image = _x.XGetImage(self.display, self.root, x, y, width, height, ALL_PLANES, Z_PIXMAP)
        if not image:
            return b''
        found = image.contents
        data = ctypes.string_at(found.data, found.bytes_per_line * found.height)
        _x.XDestroyImage(image)
        return data

    def reserve_left(self, window, pixels):
        """Keeps a strip at the left free of maximised windows (EWMH _NET_WM_STRUT)."""
        atom = lambda name: _x.XInternAtom(self.display, name, 0)
        values = (c_long * 4)(pixels, 0, 0, 0)
        cardinal = 6
        _x.XChangeProperty(self.display, window, atom(b'_NET_WM_STRUT'), cardinal, 32, 0, values, 4)
        _x.XSync(self.display, 0)

    def press(self, key):
        """Types one key into whatever has the focus."""
        xtst = ctypes.CDLL('libXtst.so.6')
        xtst.XTestFakeKeyEvent.argtypes = [c_void_p, c_uint, c_int, c_ulong]
        shift = _x.XKeysymToKeycode(self.display, _x.XStringToKeysym(b'Shift_L'))
        code = _x.XKeysymToKeycode(self.display, _x.XStringToKeysym(key.encode()))
        upper = len(key) == 1 and key.isupper()
        steps = [(code, 1), (code, 0)]
        if upper:
            steps = [(shift, 1), *steps, (shift, 0)]
        for keycode, down in steps:
            xtst.XTestFakeKeyEvent(self.display, keycode, down, 0)
        _x.XSync(self.display, 0)
