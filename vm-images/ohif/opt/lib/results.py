"""What people save in the page, put where the host collects it: /results, where this session has it."""

import os
import re
import threading

FOLDER = '/results'
# What the host takes; it leaves everything else behind.
MOST_FILES = 20
ENDING = re.compile(r'\.(?:pdf|png|jpe?g|tiff?|dcm|txt)$', re.IGNORECASE)
LONGEST_STEM = 80
ONE_AT_A_TIME = threading.Lock()


def is_there():
    return os.access(FOLDER, os.W_OK)


def save(name, body):
    """`{'name': …}` as it was saved, or `{'refused': …}`: no-place, kind or no-room."""
    ending = ENDING.search(name)
    if not is_there():
        return {'refused': 'no-place'}
    if not ending:
        return {'refused': 'kind'}
    stem = re.sub(r'[^A-Za-z0-9 ._()+-]+', '-', name[: ending.start()]).lstrip(' ._()+-')[:LONGEST_STEM] or 'image'
    with ONE_AT_A_TIME:
        return write(stem, ending.group(), body)


def write(stem, ending, body):
    there = os.listdir(FOLDER)
    if len(there) >= MOST_FILES:
        return {'refused': 'no-room'}
    kept, number = f'{stem}{ending}', 1
    while kept in there:
        number += 1
        kept = f'{stem} ({number}){ending}'
    part = f'{FOLDER}/{kept}.part'
    try:
        with open(part, 'wb') as file:
            file.write(body)
        # Whole or not at all: the end of a session is not announced.
        os.rename(part, f'{FOLDER}/{kept}')
    except OSError:
        if os.path.exists(part):
            os.unlink(part)
        return {'refused': 'no-room'}
    return {'name': kept}
