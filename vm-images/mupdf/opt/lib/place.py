"""Puts the window of MuPDF where there is room for it."""

import ctypes
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_uint, c_ulong, c_void_p


class _ClassHint(Structure):
    _fields_ = [('name', c_void_p), ('class_', c_void_p)]


_x = ctypes.CDLL('libX11.so.6')
for _name, _arguments in (
    ('XGetClassHint', [c_void_p, c_ulong, POINTER(_ClassHint)]),
    ('XMoveResizeWindow', [c_void_p, c_ulong, c_int, c_int, c_uint, c_uint]),
    ('XQueryTree', [c_void_p, c_ulong, POINTER(c_ulong), POINTER(c_ulong), POINTER(c_void_p), POINTER(c_uint)]),
    ('XGetGeometry', [c_void_p, c_ulong, *[c_void_p] * 7]),
    ('XTranslateCoordinates', [c_void_p, c_ulong, c_ulong, c_int, c_int, c_void_p, c_void_p, c_void_p]),
    ('XFree', [c_void_p]),
    ('XSync', [c_void_p, c_int]),
):
    getattr(_x, _name).argtypes = _arguments


def _children(display, window):
    root, parent, children, count = c_ulong(), c_ulong(), c_void_p(), c_uint()
    _x.XQueryTree(display, window, byref(root), byref(parent), byref(children), byref(count))
    found = ctypes.cast(children, POINTER(c_ulong))[: count.value] if children else []
    if children:
        _x.XFree(children)
    return found


def _is_called(display, window, name):
    hint = _ClassHint()
    if not _x.XGetClassHint(display, window, byref(hint)):
        return False
    found = hint.name and ctypes.cast(hint.name, c_char_p).value
    for part in (hint.name, hint.class_):
        if part:
            _x.XFree(part)
    return found == name


def find(display, root, name):
    """The window of the program of this name; None where it has none."""
    level = [child for frame in _children(display, root) for child in _children(display, frame)]
    for _ in range(3):
        for window in level:
            if _is_called(display, window, name):
                return window
        level = [child for window in level for child in _children(display, window)]
    return None


def is_placed(display, root, window, x, y, width, height):
    """Asks for the place, and says whether the window has it already; None when the window is gone. It has to be asked
    more than once: the window manager puts a new window elsewhere, and MuPDF makes it as large as the page."""
    here = _place_of(display, root, window)
    if here is None or here == (x, y, width, height):
        return here and True
    _x.XMoveResizeWindow(display, window, x, y, max(1, width), max(1, height))
    _x.XSync(display, 0)
    return False


def _place_of(display, root, window):
    found, x, y, width, height, border, depth = c_ulong(), c_int(), c_int(), c_uint(), c_uint(), c_uint(), c_uint()
    size = (byref(x), byref(y), byref(width), byref(height), byref(border), byref(depth))
    if not _x.XGetGeometry(display, window, byref(found), *size):
        return None
    if not _x.XTranslateCoordinates(display, window, root, 0, 0, byref(x), byref(y), byref(found)):
        return None
    return x.value, y.value, width.value, height.value
