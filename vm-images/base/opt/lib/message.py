"""A full window that says in plain words why there is nothing to see."""

import sys
import tkinter

sys.path.insert(0, '/opt/vitrine/lib')
from xdisplay import XDisplay  # noqa: E402

PAPER, INK, QUIET = '#f4f5f7', '#1d2733', '#44505e'

left_out = int(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2].isdigit() else 0
files = 'The file is' if left_out == 1 else f'All {left_out} files are' if left_out else 'The files are'
display = XDisplay()
window = tkinter.Tk()
# Not managed by the window manager, which may still be starting: this has to appear in any case.
window.overrideredirect(True)
window.configure(background=PAPER)
frame = tkinter.Frame(window, background=PAPER)
frame.place(relx=0.5, rely=0.45, anchor='center')
for text, size, colour in (
    ('This cannot be shown', 26, INK),
    (f'{files} damaged, incomplete, or of a kind that this viewer does not know.', 15, QUIET),
    ('Nothing was changed: the originals are still in the record.', 15, QUIET),
):
    label = tkinter.Label(frame, text=text, font=('DejaVu Sans', size), fg=colour, background=PAPER, pady=8)
    label.pack()


def follow_screen():
    """The person's own window decides the size of the screen, and may change it."""
    screen = display.geometry()
    window.geometry(f'{screen.width}x{screen.height}+0+0')
    for line in frame.winfo_children():
        line.configure(wraplength=screen.width * 8 // 10)
    window.after(300, follow_screen)


follow_screen()
window.mainloop()
