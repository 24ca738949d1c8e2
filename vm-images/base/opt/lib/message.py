"""A full window that says in plain words why there is nothing to see."""

import sys
import tkinter

left_out = int(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2].isdigit() else 0
files = 'The file is' if left_out == 1 else f'All {left_out} files are' if left_out else 'The files are'
window = tkinter.Tk()
window.title('Vitrine')
window.configure(background='#f4f5f7')
window.attributes('-fullscreen', True)  # Also over a strip that an image keeps free.
frame = tkinter.Frame(window, background='#f4f5f7')
frame.place(relx=0.5, rely=0.45, anchor='center')
for text, size, colour in (
    ('This cannot be shown', 26, '#1d2733'),
    (f'{files} damaged, incomplete, or of a kind that this viewer does not know.', 15, '#44505e'),
    ('Nothing was changed: the originals are still in the record.', 15, '#44505e'),
):
    label = tkinter.Label(
        frame, text=text, font=('DejaVu Sans', size), fg=colour, background='#f4f5f7', wraplength=800, pady=8
    )
    label.pack()
window.protocol('WM_DELETE_WINDOW', lambda: None)
window.mainloop()
