"""What a terminal's screen holds after it was told something: the part of ECMA-48 that `TERM=linux` promises."""

import re

TOKEN = re.compile(
    '\x1b\\[[?>=!]?[0-9;]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|\x1b[()][A-Za-z0-9]|\x1b[^\\[\\]()]'
    '|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f\x1b]+'
)
UNFINISHED = re.compile('\x1b(?:\\[[?>=!]?[0-9;]*[ -/]*|\\][^\x07\x1b]{0,500}|[()])?$')
BLANK = (' ', ())


class Screen:
    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [self.blank() for _ in range(rows)]
        self.x = self.y = 0
        self.top, self.bottom = 0, rows - 1
        self.style, self.colours = (), {}
        self.saved = (0, 0, ())
        self.cursor_shown = True
        self.history, self.answers, self.changed = [], [], set()
        self.all_changed = True
        self.rest = ''

    def blank(self):
        return [BLANK] * self.columns

    def take_history(self):
        taken, self.history = self.history, []
        return taken

    def feed(self, text):
        text = self.rest + text
        unfinished = UNFINISHED.search(text)
        self.rest = unfinished.group() if unfinished else ''
        for match in TOKEN.finditer(text[: len(text) - len(self.rest)]):
            self.take(match.group())

    def take(self, token):
        first = token[0]
        if first == '\x1b':
            self.escape(token)
        elif first < ' ' or first == '\x7f':
            self.control(first)
        else:
            for char in token:
                self.put(char)

    def put(self, char):
        if self.x >= self.columns:
            self.x = 0
            self.down()
        self.lines[self.y][self.x] = (char, self.style)
        self.changed.add(self.y)
        self.x += 1

    def control(self, char):
        if char == '\r':
            self.x = 0
        elif char in '\n\x0b\x0c':
            self.down()
        elif char == '\b':
            self.x = max(0, min(self.x, self.columns - 1) - 1)
        elif char == '\t':
            self.x = min(self.columns - 1, (self.x // 8 + 1) * 8)

    def down(self):
        if self.y == self.bottom:
            self.scroll(self.top, 1)
        else:
            self.y = min(self.rows - 1, self.y + 1)

    def scroll(self, top, count):
        """Up by `count` lines from `top` to the lower edge of the region; down where it is negative."""
        for _ in range(min(abs(count), self.rows)):
            if count > 0:
                line = self.lines.pop(top)
                if top == 0 and self.bottom == self.rows - 1:
                    self.history.append(line)
                self.lines.insert(self.bottom, self.blank())
            else:
                self.lines.pop(self.bottom)
                self.lines.insert(top, self.blank())
        self.changed.update(range(top, self.bottom + 1))

    def resize(self, columns, rows):
        while len(self.lines) > rows:
            if self.y < len(self.lines) - 1:
                self.lines.pop()
            else:
                self.history.append(self.lines.pop(0))
                self.y -= 1
        self.lines = [(line + [BLANK] * columns)[:columns] for line in self.lines]
        self.columns, self.rows = columns, rows
        self.lines += [self.blank() for _ in range(rows - len(self.lines))]
        self.x, self.y = min(self.x, columns), max(0, min(self.y, rows - 1))
        self.top, self.bottom = 0, rows - 1
        self.all_changed = True

    def escape(self, token):
        kind = token[1]
        if kind == '[':
            self.sequence(token)
        elif kind == 'D':
            self.down()
        elif kind == 'E':
            self.x = 0
            self.down()
        elif kind == 'M':
            if self.y == self.top:
                self.scroll(self.top, -1)
            else:
                self.y = max(0, self.y - 1)
        elif kind == '7':
            self.saved = (self.x, self.y, self.style)
        elif kind == '8':
            self.x, self.y, self.style = self.saved
        elif kind == 'c':
            self.x = self.y = 0
            self.style, self.colours = (), {}
            self.erase(0, self.rows)

    def sequence(self, token):
        final, private = token[-1], token[2] == '?'
        numbers = [min(int(part or 0), 9999) for part in re.sub('[^0-9;]', '', token[2:-1]).split(';')]
        count = max(1, numbers[0])
        if private:
            if final in 'hl' and 25 in numbers:
                self.cursor_shown = final == 'h'
        elif final in 'ABCDEFG`adefHr':
            self.move(final, numbers, count)
        elif final in 'JKXPL@MST':
            self.change(final, numbers[0], count)
        elif final == 'm':
            self.paint(numbers)
        elif final == 's':
            self.saved = (self.x, self.y, self.style)
        elif final == 'u':
            self.x, self.y, self.style = self.saved
        elif final == 'n' and numbers[0] == 6:
            self.answers.append(f'\x1b[{self.y + 1};{self.x + 1}R'.encode())

    def move(self, final, numbers, count):
        x, y = min(self.x, self.columns - 1), self.y
        if final == 'r':
            bottom = numbers[1] if len(numbers) > 1 and numbers[1] else self.rows
            top, bottom = count - 1, min(bottom, self.rows) - 1
            if top < bottom:
                self.top, self.bottom = top, bottom
            x = y = 0
        elif final in 'Hf':
            y, x = count - 1, max(1, numbers[1] if len(numbers) > 1 else 1) - 1
        elif final in 'AF':
            y -= count
        elif final in 'BEe':
            y += count
        elif final in 'Ca':
            x += count
        elif final == 'D':
            x -= count
        elif final in 'G`':
            x = count - 1
        elif final == 'd':
            y = count - 1
        if final in 'EF':
            x = 0
        self.x, self.y = max(0, min(x, self.columns - 1)), max(0, min(y, self.rows - 1))

    def change(self, final, number, count):
        x, line = min(self.x, self.columns - 1), self.lines[self.y]
        if final == 'J':
            if number == 0:
                self.fill(line, x, self.columns)
                self.erase(self.y + 1, self.rows)
            elif number == 1:
                self.fill(line, 0, x + 1)
                self.erase(0, self.y)
            else:
                self.erase(0, self.rows)
        elif final == 'K':
            self.fill(line, 0 if number else x, x + 1 if number == 1 else self.columns)
        elif final == 'X':
            self.fill(line, x, min(self.columns, x + count))
        elif final == 'P':
            line[x:] = (line[x + count :] + self.blank())[: self.columns - x]
        elif final == '@':
            line[x:] = ([BLANK] * count + line[x:])[: self.columns - x]
        elif final in 'LM' and self.top <= self.y <= self.bottom:
            # The line above the first is none that scrolls away: nothing of it is history.
            kept = self.history[:]
            self.scroll(self.y, count if final == 'M' else -count)
            self.history = kept
        elif final in 'ST':
            self.scroll(self.top, count if final == 'S' else -count)
        self.changed.add(self.y)

    def fill(self, line, start, end):
        line[start:end] = [BLANK] * (end - start)

    def erase(self, start, end):
        for row in range(start, end):
            self.lines[row] = self.blank()
        self.changed.update(range(start, end))

    def paint(self, numbers):
        colours = self.colours
        for number in numbers:
            if number == 0:
                colours.clear()
            elif number == 7:
                colours['reverse'] = 'reverse'
            elif number == 27:
                colours.pop('reverse', None)
            elif 30 <= number <= 37:
                colours['ink'] = f'f{number - 30}'
            elif 90 <= number <= 97:
                colours['ink'] = f'f{number - 90}'
            elif number == 39:
                colours.pop('ink', None)
            elif 40 <= number <= 47:
                colours['paper'] = f'b{number - 40}'
            elif number == 49:
                colours.pop('paper', None)
        self.style = tuple(colours.values())
