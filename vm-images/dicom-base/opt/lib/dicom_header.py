"""Reads the outline of a DICOM file (PS3.10, PS3.5) without recursion and without touching pixels.

Sizes that a file claims are checked against the bytes that are there before anything is believed.
"""

import mmap
import struct

DEPTH = 64
ELEMENTS = 50_000
VALUE_BYTES = 1024
LONG_VRS = {b'OB', b'OD', b'OF', b'OL', b'OV', b'OW', b'SQ', b'SV', b'UC', b'UN', b'UR', b'UT', b'UV'}
VRS = LONG_VRS | {
    b'AE', b'AS', b'AT', b'CS', b'DA', b'DS', b'DT', b'FD', b'FL', b'IS', b'LO', b'LT', b'PN', b'SH', b'SL', b'SS',
    b'ST', b'TM', b'UI', b'UL', b'US',
}  # fmt: skip
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
PIXELS = {(0x7FE0, 0x0008), (0x7FE0, 0x0009), (0x7FE0, 0x0010)}
IMPLICIT = '1.2.840.10008.1.2'
EXPLICIT = '1.2.840.10008.1.2.1'
BIG_ENDIAN = '1.2.840.10008.1.2.2'
DEFLATED = '1.2.840.10008.1.2.1.99'

NUMBERS = {
    (0x0028, 0x0002): 'samples',
    (0x0028, 0x0010): 'rows',
    (0x0028, 0x0011): 'columns',
    (0x0028, 0x0100): 'bits',
}
TEXTS = {
    (0x0002, 0x0010): 'syntax',
    (0x0008, 0x0016): 'sop_class',
    (0x0008, 0x0018): 'sop',
    (0x0008, 0x0060): 'modality',
    (0x0010, 0x0020): 'patient_id',
    (0x0020, 0x000D): 'study',
    (0x0020, 0x000E): 'series',
    (0x0020, 0x0010): 'study_id',
    (0x0028, 0x0008): 'frames',
}


class Refused(Exception):
    """This file must not reach a viewer; the text says why."""


class Header(dict):
    """Values by the names above; `pixels` is True when pixel data were found, `end` where the data set ends."""

    def number(self, name, default=0):
        try:
            return int(self.get(name, default))
        except ValueError:
            return default


def read_header(path):
    with open(path, 'rb') as file:
        try:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Reader(data).read()
        except ValueError:
            raise Refused('empty') from None
        except struct.error:
            raise Refused('cut off') from None


class _Reader:
    def __init__(self, data):
        self.data = data
        self.size = len(data)
        self.header = Header(pixels=False, meta=False)
        self.order = '<'
        self.explicit = True
        self.count = 0

    def read(self):
        position = 0
        if self.data[128:132] == b'DICM':
            self.header['meta'] = True
            position = self.walk(132, stop_after_meta=True)
            syntax = self.header.get('syntax', '')
            if not syntax:
                raise Refused('no transfer syntax')
            if syntax == DEFLATED:
                self.header['end'] = self.size
                return self.header
            self.explicit = syntax != IMPLICIT
            self.order = '>' if syntax == BIG_ENDIAN else '<'
        else:
            self.explicit = self.data[4:6] in VRS
            if struct.unpack_from('<H', self.data, 0)[0] not in (0x0002, 0x0008):
                raise Refused('not DICOM')
        self.header['end'] = self.walk(position)
        return self.header

    def walk(self, position, stop_after_meta=False):
        """One level of the tree after the other on an explicit stack of (kind, end) pairs; returns where it stopped."""
        stack = []
        last = (0, 0)
        while position < self.size:
            while stack and stack[-1][1] is not None and position >= stack[-1][1]:
                stack.pop()
            start = position
            if position + 8 > self.size:
                if stack:
                    raise Refused('cut off')
                return position
            group = struct.unpack_from(self.order + 'H', self.data, position)[0]
            if stop_after_meta and group != 0x0002:
                return position
            tag, vr, length, position = self.element(position, stop_after_meta)
            self.count += 1
            if self.count > ELEMENTS:
                raise Refused('too many elements')
            if tag in (ITEM_END, SEQUENCE_END):
                kind = 'item' if tag == ITEM_END else 'sequence'
                if not stack or stack[-1][0] != kind:
                    raise Refused('broken nesting')
                stack.pop()
                continue
            if tag == ITEM:
                if not stack or stack[-1][0] != 'sequence':
                    raise Refused('broken nesting')
                stack.append(('item', self.limit(position, length, stack)))
                continue
            if not stack:
                # Bytes that follow the data set (an appended archive, say) are not elements in ascending order.
                if tag <= last or (vr is not None and vr not in VRS):
                    if self.header['pixels']:
                        return start
                    raise Refused('broken elements')
                last = tag
                if tag in PIXELS:
                    self.header['pixels'] = True
                    position = self.pixels(position, length)
                    continue
            sequence = vr == b'SQ' or length == UNDEFINED or self.hidden_sequence(vr, position, length)
            if sequence:
                stack.append(('sequence', self.limit(position, length, stack)))
                if len(stack) > 2 * DEPTH:
                    raise Refused('nested too deeply')
                continue
            if position + length > self.size:
                raise Refused('cut off')
            if not stack:
                self.note(tag, vr, position, length)
            position += length
        if any(end is None for _, end in stack):
            raise Refused('cut off')
        return position

    def element(self, position, meta):
        group, number, = struct.unpack_from(self.order + 'HH', self.data, position)
        if group == 0xFFFE:
            return (group, number), None, struct.unpack_from(self.order + 'I', self.data, position + 4)[0], position + 8
        if not (self.explicit or meta):
            return (group, number), None, struct.unpack_from(self.order + 'I', self.data, position + 4)[0], position + 8
        vr = bytes(self.data[position + 4 : position + 6])
        if vr in LONG_VRS or vr not in VRS:
            length = struct.unpack_from(self.order + 'I', self.data, position + 8)[0]
            return (group, number), vr, length, position + 12
        return (group, number), vr, struct.unpack_from(self.order + 'H', self.data, position + 6)[0], position + 8

    def limit(self, position, length, stack):
        if length == UNDEFINED:
            return None
        end = position + length
        if end > self.size or any(outer is not None and end > outer for _, outer in stack[-1:]):
            raise Refused('cut off')
        return end

    def hidden_sequence(self, vr, position, length):
        """Without a VR (or with UN) a sequence is known by its first item."""
        if vr not in (None, b'UN') or length < 8:
            return False
        return self.data[position : position + 4] == struct.pack(self.order + 'HH', *ITEM)

    def pixels(self, position, length):
        if length != UNDEFINED:
            if position + length > self.size:
                raise Refused('cut off')
            self.header['pixel_bytes'] = length
            self.header['pixel_offset'] = position
            return position + length
        while True:  # Fragments (PS3.5 A.4).
            tag, _, size, position = self.element(position, False)
            if tag == SEQUENCE_END:
                return position
            if tag != ITEM or position + size > self.size:
                raise Refused('cut off')
            position += size

    def note(self, tag, vr, position, length):
        name = TEXTS.get(tag)
        if tag in NUMBERS and length >= 2:
            self.header[NUMBERS[tag]] = struct.unpack_from(self.order + 'H', self.data, position)[0]
        if length > VALUE_BYTES and (name or vr in (b'PN', b'UI') or tag == (0x0010, 0x0010)):
            raise Refused('a value is too long')
        if name:
            self.header[name] = bytes(self.data[position : position + length]).decode('latin-1').strip(' \0')
