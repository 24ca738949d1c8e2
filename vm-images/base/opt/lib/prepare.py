"""Makes /tmp/record: what the viewer may see of /record.

Every file is screened first, in processes with limits, by /opt/vitrine/prepare.d/<format> where the image has one. A
bad file is left out and never stops the others. Good files appear as links to /record, or as copies that the screener
made (in a form that the viewer can read). /tmp/record/open.json has the shape of the record's own, plus a `role` per
file: `picture` (can be shown), `companion` (index, or something shown along with a picture). While parts of the record
are still on their way it lists what is there, is replaced whenever a part has been screened, and says `complete: false`
and of which `studies` more will come.
"""

import json
import os
import resource
import selectors
import stat
import subprocess
import sys
import time

RECORD = '/record'
PREPARED = '/tmp/record'
SCREENERS = '/opt/vitrine/prepare.d'
OPEN_JSON_BYTES = 16 * 1024 * 1024
FILES = 20_000
SILENCE_SECONDS = 15
LOOK_SECONDS = 0.05
ROLES = {'+': 'picture', '~': 'companion', '-': None}


def limits():
    """For a screener and whatever it starts. Memory as address space, since a bomb allocates before it touches."""
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(1)


class Screening:
    """One screener process over a list of files, answering `<mark> <target>` per file, in order.

    When it dies or falls silent, the file it was at is left out and a new process takes the rest.
    """

    def __init__(self, program, jobs):
        self.program = program
        self.jobs = jobs
        self.answers = {}
        self.start()

    def start(self):
        self.rest = [job for job in self.jobs if job['target'] not in self.answers]
        self.process = None
        if not self.rest:
            return
        self.process = subprocess.Popen(
            [self.program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=limits,
            cwd='/tmp',
        )
        self.buffer = b''
        self.heard = time.monotonic()
        lines = ''.join(f'{job["source"]}\t{job["target"]}\n' for job in self.rest)
        # Small enough for one write: paths are short and a chunk is bounded.
        try:
            self.process.stdin.write(lines.encode())
            self.process.stdin.close()
        except BrokenPipeError:
            pass

    def read(self):
        """Takes what was said; false when this screening is over."""
        chunk = os.read(self.process.stdout.fileno(), 65536)
        self.heard = time.monotonic()
        *lines, self.buffer = (self.buffer + chunk).split(b'\n')
        for line in lines:
            mark, _, target = line.decode('utf-8', 'replace').partition(' ')
            if mark in ROLES and any(job['target'] == target for job in self.rest):
                self.answers[target] = ROLES[mark]
        if chunk:
            return True
        self.end()
        return self.process is not None

    def end(self):
        try:
            os.killpg(self.process.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process.stdout.close()
        unanswered = [job for job in self.rest if job['target'] not in self.answers]
        if unanswered:
            self.answers[unanswered[0]['target']] = None
        self.start()


def screen(program, jobs):
    """Roles by target. As many processes as there are CPUs, each with its own part of the list."""
    parts = min(os.cpu_count() or 1, 4, len(jobs))
    running = [Screening(program, jobs[part::parts]) for part in range(parts)]
    with selectors.DefaultSelector() as selector:
        watched = {}

        def watch(screening):
            if screening.process is not None:
                watched[screening] = screening.process.stdout
                selector.register(screening.process.stdout, selectors.EVENT_READ, screening)

        def look(screening, act):
            process = screening.process
            file = watched[screening]
            if act is Screening.end:
                selector.unregister(file)
                del watched[screening]
                screening.end()
                watch(screening)
                return
            key = selector.get_key(file)
            selector.unregister(file)
            alive = screening.read()
            del watched[screening]
            if alive and screening.process is process:
                selector.register(key.fileobj, selectors.EVENT_READ, screening)
                watched[screening] = file
            else:
                watch(screening)

        for screening in running:
            watch(screening)
        while watched:
            for key, _ in selector.select(1):
                look(key.data, Screening.read)
            for screening in [s for s in watched if time.monotonic() - s.heard > SILENCE_SECONDS]:
                look(screening, Screening.end)
    return {target: role for screening in running for target, role in screening.answers.items()}


def plain_file(path):
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def safe(path):
    parts = path.split('/')
    return path.isprintable() and '\t' not in path and all(part not in ('', '.', '..') for part in parts)


def look():
    """What the host says of the record, and how many of its parts are there; None when everything is."""
    try:
        with open(f'{RECORD}/open.json', 'rb') as file:
            return json.loads(file.read(OPEN_JSON_BYTES)), None
    except FileNotFoundError:
        with open(f'{RECORD}/arriving.json', 'rb') as file:
            wanted = json.loads(file.read(OPEN_JSON_BYTES))
        return wanted, int(wanted['arrived'])


def stamp():
    """Becomes another when there is more to look at."""
    if os.path.exists(f'{RECORD}/open.json'):
        return None
    return os.stat(f'{RECORD}/arriving.json').st_mtime_ns


class Prepared:
    """What has been screened so far, written down for the viewer each time that more has come."""

    def __init__(self, formats):
        self.formats = formats
        self.roles = {}  # By path; None for what is left out.

    def take(self, wanted, arrived):
        jobs = {}
        for file in self.files(wanted):
            path, kind = str(file['path']), str(file['format'])
            if path in self.roles or (arrived is not None and int(file['part']) >= arrived):
                continue
            source = f'{RECORD}/{path}'
            known = kind in self.formats or kind == 'index'
            self.roles[path] = None
            if len(self.roles) > FILES or not known or not safe(path) or not plain_file(source):
                continue
            job = {'path': path, 'source': source, 'target': f'{PREPARED}/{path}'}
            os.makedirs(os.path.dirname(job['target']), exist_ok=True)
            jobs.setdefault(kind, []).append(job)
        for kind, list_ in jobs.items():
            self.judge(kind, list_)

    def judge(self, kind, jobs):
        program = f'{SCREENERS}/{kind}'
        if kind == 'index':
            roles = {job['target']: 'companion' for job in jobs}
        elif os.access(program, os.X_OK):
            roles = screen(program, jobs)
        else:
            roles = {job['target']: 'picture' for job in jobs}
        for job in jobs:
            self.roles[job['path']] = role = roles.get(job['target'])
            if role is not None and not os.path.exists(job['target']):
                os.symlink(job['source'], job['target'])

    def write(self, wanted, arrived):
        items = []
        for item in wanted['items']:
            files = [
                {'path': f'{PREPARED}/{path}', 'format': str(file['format']), 'role': self.roles[path]}
                for file in item['files']
                if self.roles.get(path := str(file['path'])) is not None
            ]
            if files:
                known = {key: str(item.get(key, '')) for key in ('id', 'kind', 'title')}
                items.append({**known, 'files': files})
        complete = arrived is None
        said = {
            'version': 1,
            'items': items,
            'refused': sum(role is None for role in self.roles.values()),
            'complete': complete,
            'studies': {} if complete else self.studies(wanted),
        }
        with open(f'{PREPARED}/open.json.new', 'w', encoding='utf-8') as file:
            json.dump(said, file)
        os.rename(f'{PREPARED}/open.json.new', f'{PREPARED}/open.json')

    @staticmethod
    def studies(wanted):
        """How many files each will have."""
        sizes = {}
        for item in wanted['items']:
            if study := str(item.get('studyInstanceUid', '')):
                sizes[study] = sizes.get(study, 0) + len(item['files'])
        return sizes

    @staticmethod
    def files(wanted):
        return (file for item in wanted['items'] for file in item['files'])


def main(formats):
    prepared = Prepared(formats)
    while True:
        seen = stamp()
        wanted, arrived = look()
        prepared.take(wanted, arrived)
        prepared.write(wanted, arrived)
        if arrived is None:
            return
        while stamp() == seen:
            time.sleep(LOOK_SECONDS)


os.makedirs(PREPARED, exist_ok=True)
main(sys.argv[1].split(','))
