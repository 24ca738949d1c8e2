"""Bytes on their way to a pty whose program does not read as fast as somebody types."""

import os

MOST = 64 * 1024


class Outbox:
    """Keeps what the pty does not take yet, in order, up to `most` bytes.

    What would go beyond is refused whole, since half of a key's sequence is another key; `full` says so until everything
    that was kept has gone. A pty whose program is gone takes nothing and keeps nothing.
    """

    def __init__(self, handle, most=MOST):
        self.handle, self.most = handle, most
        self.kept = bytearray()
        self.full = False

    @property
    def waiting(self):
        return bool(self.kept)

    def put(self, data):
        if len(self.kept) + len(data) > self.most:
            self.full = True
            return
        self.kept += data
        self.flush()

    def flush(self):
        try:
            while self.kept:
                del self.kept[: os.write(self.handle, self.kept)]
        except BlockingIOError:
            return
        except OSError:
            self.kept.clear()
        self.full = False
