"""Serves OHIF's page and the study to the browser in this guest, on the guest's own loopback.

Just as much of DICOMweb (PS3.18) as OHIF asks for. It reads the screened files where they are: nothing is copied, which
would take memory, and no archive has to start first.
"""

import http.server
import json
import os
import re
import socket
import sys
import threading
import time
from urllib.parse import parse_qs, unquote, urlsplit

sys.path.insert(0, '/opt/vitrine/lib')
import results  # noqa: E402

PAGE = '/opt/ohif'
TYPES = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.json': 'application/json',
    '.wasm': 'application/wasm',
    '.svg': 'image/svg+xml',
    '.png': 'image/png',
    '.woff2': 'font/woff2',
}
BOUNDARY = 'vitrine-part'
ARRIVED_SECONDS = 25


class Study:
    """What the page may ask for. Grows while parts of the record are still on their way."""

    index = None
    complete = False
    changed = threading.Condition()

    @classmethod
    def wait(cls, met, seconds=None):
        """The index as soon as `met(index)`, or what it is after so long."""
        with cls.changed:
            cls.changed.wait_for(lambda: cls.index is not None and met(cls.index), seconds)
            return cls.index


def record_of(seen):
    """The prepared record once it is another than the one seen, and its stamp."""
    while True:
        try:
            with open('/tmp/record/open.json', encoding='utf-8') as file:
                stamp = os.fstat(file.fileno()).st_mtime_ns
                if stamp != seen:
                    return json.load(file), stamp
        except FileNotFoundError:
            pass
        time.sleep(0.02)


def read_record():
    from dicomweb import Index  # Takes a while to load; the browser is starting meanwhile.

    index = Index()
    while not os.path.exists('/tmp/vitrine/prepared'):
        time.sleep(0.02)
    complete, stamp = False, None
    while not complete:
        record, stamp = record_of(stamp)
        index.read([file['path'] for item in record['items'] for file in item['files']])
        # A base image of an earlier edition only ever tells of the whole.
        complete = record.get('complete', True)
        with Study.changed:
            index.coming = record.get('studies', {})
            Study.index, Study.complete = index, complete
            Study.changed.notify_all()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        """Silent: what is asked for names a patient's studies."""

    def answer(self, body, kind='application/dicom+json', cache=False, status=200):
        # One write: a header and a body in two packets would wait for each other on the loopback.
        head = (
            f'HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n'
            f'Cache-Control: {"max-age=315360000, immutable" if cache else "no-store"}\r\n'
            'Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Embedder-Policy: require-corp\r\n\r\n'
        )
        self.wfile.write(head.encode() + body)

    def json(self, value):
        self.answer(json.dumps(value).encode())

    def parts(self, kind, bodies):
        out = bytearray()
        for body in bodies:
            out += f'\r\n--{BOUNDARY}\r\nContent-Type: {kind}\r\n\r\n'.encode()
            out += body
        out += f'\r\n--{BOUNDARY}--'.encode()
        self.answer(bytes(out), f'multipart/related; type="{kind.split(";")[0]}"; boundary={BOUNDARY}')

    def do_POST(self):
        if self.path.startswith('/results/'):
            body = self.rfile.read(int(self.headers['Content-Length']))
            return self.json(results.save(unquote(self.path.removeprefix('/results/')), body))
        if self.path != '/showing':
            return self.answer(b'', status=404)
        open('/tmp/vitrine/showing', 'w').close()
        return self.answer(b'{}')

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == '/ready':
            index = Study.wait(lambda index: True)
            return self.json({'address': index.open(), 'saves': results.is_there()})
        if url.path == '/arrived':
            return self.arrived(int(parse_qs(url.query)['after'][0]))
        if url.path.startswith('/dicom-web/'):
            Study.wait(lambda index: True)
            return self.dicom(url.path.removeprefix('/dicom-web'), parse_qs(url.query))
        return self.page(url.path)

    def arrived(self, after):
        """The series that came after the page was opened, but for so many of them; waits a while for one."""

        def later(index):
            return [uids for uids in index.series_uids() if uids not in index.opened][after:]

        index = Study.wait(lambda index: Study.complete or later(index), ARRIVED_SECONDS)
        complete = Study.complete
        series = [{'StudyInstanceUID': study, 'SeriesInstanceUID': series} for study, series in later(index)]
        self.json({'series': series, 'complete': complete})

    def page(self, path):
        name = os.path.normpath(PAGE + path)
        if not name.startswith(f'{PAGE}/') or not os.path.isfile(name):
            name = f'{PAGE}/index.html'
            if '.' in path.rsplit('/', 1)[-1]:
                return self.answer(b'', status=404)
        with open(name, 'rb') as file:
            body = file.read()
        kind = TYPES.get(os.path.splitext(name)[1], 'application/octet-stream')
        return self.answer(body, kind, cache=not name.endswith('.html'))

    def dicom(self, path, query):
        index = Study.index
        if path == '/studies':
            return self.json(index.studies(query))
        match = re.fullmatch(
            r'/studies/(?P<study>[^/]+)(?:/series/(?P<series>[^/]+))?(?:/instances/(?P<instance>[^/]+))?(?P<rest>/.*)?',
            path,
        )
        if not match:
            return self.answer(b'[]', status=404)
        study, series, instance, rest = match.group('study', 'series', 'instance', 'rest')
        if rest == '/series':
            return self.json(index.series(study, query))
        found = index.find(study, series, instance)
        if rest in ('/metadata', '/instances'):
            return self.json([entry.metadata for entry in found])
        if not found or instance is None:
            return self.answer(b'[]', status=404)
        if rest is None:
            return self.parts('application/dicom', [found[0].whole()])
        kind, _, wanted = rest.strip('/').partition('/')
        if kind == 'frames' and re.fullmatch(r'[0-9,]{1,60}', wanted):
            bodies = [found[0].frame(int(number) - 1) for number in wanted.split(',') if number]
            return self.parts(f'application/octet-stream; transfer-syntax={found[0].syntax}', bodies)
        if kind == 'bulk':
            return self.parts('application/octet-stream', [found[0].bulk(wanted)])
        if kind == 'rendered':
            return self.answer(found[0].document(), 'application/pdf')
        return self.answer(b'[]', status=404)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """A browser that goes away in the middle is none."""

    def get_request(self):
        request, address = super().get_request()
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return request, address


threading.Thread(target=read_record, daemon=True).start()
host, port = os.environ['VITRINE_PAGE'].split(':')
Server((host, int(port)), Handler).serve_forever()
