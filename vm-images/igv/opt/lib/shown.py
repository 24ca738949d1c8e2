"""Says that the data can be seen, as soon as there is more than an empty track where the tracks are. In pixels, since the
column of names beside them is as wide on a small screen as on a large one."""

import sys
import time

sys.path.insert(0, '/opt/vitrine/lib')
from xdisplay import XDisplay  # noqa: E402

LEFT, TOP, RIGHT = 180, 216, 25
COLOURS = 5
# Plain for this long: there is nothing at this place.
PATIENCE_SECONDS = 12


def filled(display):
    screen = display.geometry()
    width, height = screen.width - LEFT - RIGHT, screen.height * 3 // 5 - TOP
    if width <= 0 or height <= 0:
        return False
    pixels = memoryview(display.picture(LEFT, TOP, width, height)).cast('I')[::7]
    return len(set(pixels)) >= COLOURS


def main():
    display = XDisplay()
    covered = None
    while not (covered and time.monotonic() - covered > PATIENCE_SECONDS) and not (covered and filled(display)):
        screen = display.geometry()
        if not covered and any(w.width * w.height > 0.4 * screen.width * screen.height for w in display.windows()):
            covered = time.monotonic()
        time.sleep(0.05)
    open('/tmp/vitrine/showing', 'w').close()


main()
