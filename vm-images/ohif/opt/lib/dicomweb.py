"""The studies of this record as DICOMweb describes them (PS3.18 section 10, PS3.18 annex F)."""

import functools
import os
from concurrent.futures import ProcessPoolExecutor
from urllib.parse import quote

import pydicom
from dicom_header import EXPLICIT, IMPLICIT, read_header
from pydicom.encaps import generate_pixel_data_frame

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
BULK_BYTES = 4096
FEW = 24
STUDY = '0020000D'
SERIES = '0020000E'
INSTANCE = '00080018'
MODALITY = '00080060'
STUDY_TAGS = ('00080005', '00080020', '00080030', '00080050', '00081030', '00100010', '00100020', '00100030',
              '00100040', STUDY, '00200010')  # fmt: skip
SERIES_TAGS = ('00080005', '00080021', '00080031', MODALITY, '0008103E', STUDY, SERIES, '00200011')


def value(metadata, tag, default=''):
    values = metadata.get(tag, {}).get('Value') or [default]
    return values[0]


def describe(path):
    """What one file says of itself, as DICOM JSON without its pixels; None when it cannot be read."""
    try:
        data = pydicom.dcmread(path, stop_before_pixels=True, force=True)
        metadata = data.to_json_dict(
            bulk_data_threshold=BULK_BYTES,
            bulk_data_element_handler=lambda element: f'bulk/{element.tag:08X}',
            suppress_invalid_tags=True,
        )
        metadata['00080005'] = {'vr': 'CS', 'Value': ['ISO_IR 192']}
        syntax = str(data.file_meta.TransferSyntaxUID)
    except Exception:  # noqa: BLE001 - one bad file must not stop a study
        return None
    study, series, instance = (str(value(metadata, tag)) for tag in (STUDY, SERIES, INSTANCE))
    if not (study and series and instance):
        return None
    base = f'/dicom-web/studies/{quote(study)}/series/{quote(series)}/instances/{quote(instance)}'
    for element in metadata.values():
        if 'BulkDataURI' in element:
            element['BulkDataURI'] = f'{base}/{element["BulkDataURI"]}'
    return metadata, syntax


def describe_all(paths):
    if len(paths) < FEW:
        return [describe(path) for path in paths]
    try:
        with ProcessPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            return list(pool.map(describe, paths, chunksize=16))
    except (OSError, RuntimeError):  # A guest without shared memory, or a worker that died: slower, but it works.
        return [describe(path) for path in paths]


@functools.lru_cache(maxsize=4)
def encapsulated_frames(path):
    data = pydicom.dcmread(path)
    return list(generate_pixel_data_frame(data.PixelData, int(data.get('NumberOfFrames', 1) or 1)))


class Instance:
    """One file."""

    def __init__(self, path, metadata, syntax):
        self.path, self.metadata = path, metadata
        self.native = syntax in (IMPLICIT, EXPLICIT)
        # Pixels of implicit files are little endian too, and that is all that the browser asks of them.
        self.syntax = EXPLICIT if self.native else syntax

    @property
    def number(self):
        try:
            return int(value(self.metadata, '00200013', 0))
        except (TypeError, ValueError):
            return 0

    @property
    def rank(self):
        """Pictures before what goes with them, and before the scout that only shows where the others lie."""
        pictures = '00280010' in self.metadata and value(self.metadata, MODALITY) not in ('SEG', 'PR', 'KO', 'SR')
        kinds = self.metadata.get('00080008', {}).get('Value') or []
        return pictures + (pictures and 'LOCALIZER' not in kinds)

    def __getattr__(self, name):
        if name != 'header':
            raise AttributeError(name)
        self.header = read_header(self.path)
        return self.header

    def whole(self):
        with open(self.path, 'rb') as file:
            return file.read()

    def frame(self, number):
        if not self.native:
            frames = encapsulated_frames(self.path)
            return frames[number] if 0 <= number < len(frames) else b''
        header = self.header
        size = header['pixel_bytes'] // max(1, header.number('frames', 1))
        if header.number('bits', 8) >= 8:
            size = min(size, header.number('rows') * header.number('columns') * header.number('samples', 1) * header.number('bits') // 8)
        if number < 0 or (number + 1) * size > header['pixel_bytes']:
            return b''
        with open(self.path, 'rb') as file:
            file.seek(header['pixel_offset'] + number * size)
            return file.read(size)

    def bulk(self, tag):
        data = pydicom.dcmread(self.path, stop_before_pixels=True, force=True)
        element = data.get(int(tag, 16)) if len(tag) == 8 else None
        return bytes(element.value) if element is not None and isinstance(element.value, bytes) else b''

    def document(self):
        return self.bulk('00420011')


class Index:
    """Studies, series and instances, in the order in which the record lists them.

    Asked by many threads while one reads on: what is there is replaced, never changed.
    """

    def __init__(self):
        self.entries = {}
        self.paths = set()
        # Studies of which more will come, with how many files they will have; and what was there when the page was opened, the only series that it finds by itself.
        self.coming = {}
        self.opened = []

    def read(self, paths):
        fresh = [path for path in paths if path not in self.paths]
        described = describe_all(fresh)
        entries = dict(self.entries)
        for path, found in zip(fresh, described, strict=True):
            if found is None:
                continue
            metadata, syntax = found
            key = (value(metadata, STUDY), value(metadata, SERIES), value(metadata, INSTANCE))
            entries.setdefault(key, Instance(path, metadata, syntax))
        self.paths.update(fresh)
        self.entries = entries

    def series_uids(self):
        """Pairs of study and series, in the order in which they came."""
        return list(dict.fromkeys(key[:2] for key in self.entries))

    def find(self, study, series=None, instance=None):
        wanted = (study, series, instance)
        return [
            entry
            for key, entry in self.entries.items()
            if all(part is None or part == own for part, own in zip(wanted, key, strict=True))
        ]

    def open(self):
        """Where the page starts: all studies, and of the first one the middle of its largest series, since the first
        image of a series is often empty."""
        self.opened = self.series_uids()
        studies = self.study_uids()
        query = [f'StudyInstanceUIDs={",".join(map(quote, studies))}']
        if studies:
            found = [self.find(studies[0], series) for _, series in dict.fromkeys(k[:2] for k in self.entries if k[0] == studies[0])]
            series = max(found, key=lambda entries: (entries[0].rank, len(entries)))
            series.sort(key=lambda entry: entry.number)
            middle = series[len(series) // 2].metadata
            query.append(f'initialSeriesInstanceUID={quote(value(middle, SERIES))}')
            query.append(f'initialSopInstanceUID={quote(value(middle, INSTANCE))}')
        return f'/viewer?{"&".join(query)}'

    def study_uids(self):
        return list(dict.fromkeys([study for study, _ in self.series_uids()] + list(self.coming)))

    def studies(self, query):
        wanted = query.get('StudyInstanceUID') or query.get(STUDY)
        wanted = {uid for part in wanted for uid in part.split(',')} if wanted else None
        answers = []
        for study in self.study_uids():
            if wanted is not None and study not in wanted:
                continue
            found = self.find(study)
            modalities = {str(value(entry.metadata, MODALITY)) for entry in found}
            series = {value(entry.metadata, SERIES) for entry in found}
            answer = {STUDY: {'vr': 'UI', 'Value': [study]}}
            if found:
                answer = {tag: found[0].metadata[tag] for tag in STUDY_TAGS if tag in found[0].metadata}
            answer['00080061'] = {'vr': 'CS', 'Value': sorted(modalities)}
            answer['00201206'] = {'vr': 'IS', 'Value': [len(series)]}
            answer['00201208'] = {'vr': 'IS', 'Value': [max(len(found), self.coming.get(study, 0))]}
            answers.append(answer)
        return answers

    def series(self, study, query):
        asked = query.get('SeriesInstanceUID') or query.get(SERIES)
        answers = []
        for own, series in self.series_uids() if asked else self.opened:
            if own != study or (asked and series not in asked):
                continue
            found = self.find(study, series)
            answer = {tag: found[0].metadata[tag] for tag in SERIES_TAGS if tag in found[0].metadata}
            answer['00201209'] = {'vr': 'IS', 'Value': [len(found)]}
            answers.append(answer)
        return answers
