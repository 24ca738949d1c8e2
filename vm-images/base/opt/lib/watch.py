"""Ends with 0 as soon as the user sees the picture, with 1 when that did not happen in time.

A viewer that knows makes the file /tmp/vitrine/showing, and its image sets VITRINE_SHOWING=told. Otherwise: a window
covers most of the screen and its middle is a picture, not one plain surface. An image may name another part of the
screen and how many colours make a picture by VITRINE_SHOWING=<left>,<top>,<right>,<bottom>,<colours>, the sides in per
cent. A window that stays up for ten seconds without such a middle (an all-black image is one) counts as well.
"""

import os
import sys
import time

sys.path.insert(0, '/opt/vitrine/lib')
from xdisplay import XDisplay  # noqa: E402

PATIENCE_SECONDS = 10
MIDDLE = (30, 30, 75, 75, 12)


def covered(display):
    root = display.geometry()
    return any(w.width * w.height > 0.4 * root.width * root.height for w in display.windows())


def varied(display, part):
    root = display.geometry()
    left, top, right, bottom, colours = part
    width, height = root.width * (right - left) // 100, root.height * (bottom - top) // 100
    data = display.picture(root.width * left // 100, root.height * top // 100, width, height)
    # Every 7th pixel is plenty; only whole pixels are compared.
    pixels = memoryview(data).cast('I')[::7] if len(data) % 4 == 0 else b''
    return len(set(pixels)) >= colours


def main(seconds, mode):
    deadline = time.monotonic() + seconds
    part = tuple(map(int, mode.split(','))) if ',' in mode else MIDDLE
    display = None
    covered_since = None
    while time.monotonic() < deadline:
        if mode == 'told':
            if os.path.exists('/tmp/vitrine/showing'):
                return 0
        else:
            display = display or XDisplay()
            if covered(display):
                covered_since = covered_since or time.monotonic()
                waited = time.monotonic() - covered_since
                if mode == 'window' or waited > PATIENCE_SECONDS or varied(display, part):
                    return 0
        time.sleep(0.05)
    return 1


sys.exit(main(float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else os.environ.get('VITRINE_SHOWING', '')))
