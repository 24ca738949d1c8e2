#!/usr/bin/python3 -I
"""Screens genome files and makes what the browser needs beside them: an index, a readable copy of a CRAM, a track of a
consumer test's genotypes. The name by which this is called is the format."""

import gzip
import json
import os
import subprocess
import sys

TOOL_SECONDS = 120
TEXT_BYTES = 400 << 20
LINE_BYTES = 1 << 20
ENVIRONMENT = {'PATH': '/usr/bin:/bin', 'REF_PATH': ':', 'REF_CACHE': '/nonexistent', 'TMPDIR': '/tmp', 'LANG': 'C.UTF-8'}


class Refused(Exception):
    """The text says why this file is left out."""


def tool(*argv, stdout=subprocess.DEVNULL):
    silent = {'stdin': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
    try:
        done = subprocess.run(argv, timeout=TOOL_SECONDS, env=ENVIRONMENT, stdout=stdout, **silent)
    except subprocess.TimeoutExpired:
        raise Refused(f'{argv[0]} took too long') from None
    if done.returncode != 0:
        raise Refused(f'{argv[0]} {argv[1]} failed')


def head(source, count):
    with open(source, 'rb') as file:
        return file.read(count)


def lines(source):
    """The lines of a text that may be compressed, with a limit that a bomb runs into."""
    opener = gzip.open if head(source, 2) == b'\x1f\x8b' else open
    total = 0
    with opener(source, 'rb') as file:
        while line := file.readline(LINE_BYTES):
            total += len(line)
            if total > TEXT_BYTES or (len(line) == LINE_BYTES and not line.endswith(b'\n')):
                raise Refused('too long')
            if b'\0' in line:
                raise Refused('not a text')
            yield line.rstrip(b'\r\n')


def references():
    """FASTA files of this record, for CRAMs that need one."""
    with open('/record/open.json', encoding='utf-8') as file:
        items = json.load(file)['items']
    found = []
    for number, path in enumerate(f['path'] for item in items for f in item['files'] if f['format'] == 'fasta'):
        # A link of our own, since its index is written beside it.
        found.append(f'/tmp/vitrine/reference-{os.getpid()}-{number}{os.path.splitext(path)[1]}')
        if not os.path.islink(found[-1]):
            os.symlink(f'/record/{path}', found[-1])
    return found


def bam(source, target):
    tool('samtools', 'quickcheck', source)
    given = f'{source}.bai'
    if os.path.isfile(given) and os.path.getmtime(given) + 60 >= os.path.getmtime(source):
        return
    try:
        tool('samtools', 'index', '-o', f'{target}.bai', source)
    except Refused:  # Not in order.
        tool('samtools', 'sort', '-m', '64M', '-o', target, source)
        tool('samtools', 'index', target)


def cram(source, target):
    """As BAM: the browser could read a CRAM only with the very reference that it was made with."""
    for reference in [None, *references()]:
        flags = ['-T', reference] if reference else []
        try:
            tool('samtools', 'view', '-b', *flags, '-o', target, source)
            tool('samtools', 'index', '-o', f'{target}.bai', target)
            return
        except Refused:
            continue
    raise Refused('its reference is not here')


def vcf(source, target):
    seen = 0
    with open(f'{target}.text', 'wb') as copy:
        for number, line in enumerate(lines(source)):
            if number == 0 and not line.startswith(b'##fileformat=VCF'):
                raise Refused('no VCF')
            fields = line.split(b'\t', 5)
            if not line.startswith(b'#'):
                if len(fields) < 5 or not fields[1].isdigit():
                    raise Refused('broken line')
                seen += 1
            copy.write(line + b'\n')
    if seen == 0:
        raise Refused('no variants')
    os.rename(f'{target}.text', target)


def table(source, target):
    """BED or GFF: kept when its lines have places; IGV itself is strict about the rest."""
    seen = 0
    start = 1 if os.path.basename(sys.argv[0]) == 'bed' else 3
    with open(f'{target}.text', 'wb') as copy:
        for line in lines(source):
            fields = line.split(b'\t') if b'\t' in line else line.split()
            plain = not line.startswith((b'#', b'track', b'browser', b'>')) and line.strip()
            if plain and (len(fields) <= start + 1 or not fields[start].isdigit()):
                raise Refused('broken line')
            seen += bool(plain)
            copy.write(line + b'\n')
    if seen == 0:
        raise Refused('no features')
    os.rename(f'{target}.text', target)


def fasta(source, target):
    with open(f'{target}.text', 'wb') as copy:
        for number, line in enumerate(lines(source)):
            if number == 0 and not line.startswith(b'>'):
                raise Refused('no FASTA')
            copy.write(line + b'\n')
    os.rename(f'{target}.text', target)
    tool('samtools', 'faidx', target)


def genotype(source, target):
    """A consumer test lists what was found at each place but not the reference, so it is no VCF: each place becomes a
    feature with its marker and genotype as the name."""
    seen = []
    build = b''
    for line in lines(source):
        if line.startswith(b'#'):
            for known in (b'36', b'37', b'38'):
                if b'build ' + known in line.lower() or b'grch' + known in line.lower():
                    build = known
            continue
        fields = [field.strip().strip(b'"') for field in line.replace(b',', b'\t').split(b'\t')]
        if len(fields) < 4:
            continue
        marker, chromosome, place = fields[0], fields[1].removeprefix(b'chr'), fields[2]
        found = b''.join(fields[3:5])[:20]
        if not place.isdigit() or not chromosome or chromosome.startswith(b'-') or int(place) == 0:
            continue
        chromosome = {b'23': b'X', b'24': b'Y', b'25': b'X', b'26': b'M', b'MT': b'M'}.get(chromosome, chromosome)
        colour = b'150,150,150' if set(found) & set(b'-0') else b'30,90,160' if len(set(found)) < 2 else b'200,90,30'
        begin = int(place) - 1
        name = b'%s %s' % (marker[:40].replace(b' ', b'_'), found)
        seen.append((chromosome, begin, b'chr%s\t%d\t%d\t%s\t0\t.\t%d\t%d\t%s\n' % (
            chromosome, begin, begin + 1, name.replace(b' ', b'_'), begin, begin + 1, colour)))  # fmt: skip
    if not seen:
        raise Refused('no genotypes')
    with open(target, 'wb') as file:
        file.write(b'#build %s\ntrack itemRgb="On"\n' % (build or b'unknown'))
        file.writelines(line for _, _, line in sorted(seen))


SCREENS = {'bam': bam, 'cram': cram, 'vcf': vcf, 'bed': table, 'gff': table, 'fasta': fasta, 'genotype': genotype}

for job in sys.stdin:
    source, target = job.rstrip('\n').split('\t')
    try:
        SCREENS[os.path.basename(sys.argv[0])](source, target)
        mark = '+'
    except (Refused, OSError, EOFError, gzip.zlib.error) as reason:
        mark = '-'
        sys.stderr.write(f'{os.path.basename(target)} is left out: {reason}\n')
    for path in (f'{target}.text', target):
        if os.path.exists(path) and (mark == '-' or path != target):
            os.unlink(path)
    print(mark, target, flush=True)
