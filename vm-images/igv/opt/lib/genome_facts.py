"""What a screened genome file says of itself: its contigs, the assembly it was made on, and where its first data are."""

import os
import subprocess

SIZES = '/opt/vitrine/genomes'
FIRST = 30
READ_WINDOW = 12_000
HINTS = (('hg19', ('hg19', 'grch37', 'b37', 'hs37', 'build 37')), ('hg38', ('hg38', 'grch38', 'hs38', 'build 38')))


def load_sizes(name):
    with open(f'{SIZES}/{name}.chrom.sizes', encoding='ascii') as file:
        return {contig: int(size) for contig, size in (line.split() for line in file)}


ASSEMBLIES = {name: load_sizes(name) for name in ('hg19', 'hg38')}


def with_chr(contig):
    return contig if contig.startswith('chr') else 'chrM' if contig == 'MT' else f'chr{contig}'


class Facts:
    """`contigs` with lengths (0 where unknown), `assembly` or None, `locus` as (contig, start, end) or None."""

    def __init__(self, contigs, text, places):
        self.contigs = contigs
        self.locus = locus_of(places)
        for contig, _, end in places:
            self.contigs[contig] = max(self.contigs.get(contig, 0), end)
        self.assembly = assembly_of(self.contigs, text.lower(), lengths_are_known=bool(contigs))

    @property
    def human(self):
        return any(with_chr(contig) in ASSEMBLIES['hg38'] for contig in self.contigs)


def assembly_of(contigs, text, lengths_are_known):
    for name, sizes in ASSEMBLIES.items():
        if any(sizes.get(with_chr(contig)) == length for contig, length in contigs.items()):
            return name
    for name, hints in HINTS:
        if any(hint in text for hint in hints):
            return name
    return None


def locus_of(places):
    if not places:
        return None
    contig = places[0][0]
    near = [place for place in places if place[0] == contig][:FIRST]
    start, end = near[0][1], max(place[2] for place in near)
    pad = max(20, (end - start) // 20)
    return contig, max(1, start - pad), end + pad


def output(*argv, limit=4 << 20):
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        text = process.stdout.read(limit).decode('utf-8', 'replace')
        process.kill()
    return text


def reads(path):
    header = output('samtools', 'view', '-H', path)
    contigs = {}
    for line in header.splitlines():
        if line.startswith('@SQ'):
            fields = dict(field.split(':', 1) for field in line.split('\t')[1:] if ':' in field)
            if fields.get('LN', '').isdigit():
                contigs[fields.get('SN', '')] = int(fields['LN'])
    starts = []
    for line in output('samtools', 'view', '-F', '4', path).splitlines()[:-1]:
        fields = line.split('\t', 4)
        if len(fields) < 4 or not fields[3].isdigit():
            continue
        if starts and (fields[2] != starts[0][0] or int(fields[3]) > starts[0][1] + 2 * READ_WINDOW):
            break
        starts.append((fields[2], int(fields[3])))
    facts = Facts(contigs, header, [])
    if starts:
        # In the midst of the first reads, close enough for each of them to be drawn.
        contig, middle = starts[len(starts) // 2]
        facts.locus = contig, max(1, middle - READ_WINDOW // 2), middle + READ_WINDOW // 2
    return facts


def text_file(path, columns):
    """VCF, BED, GFF: `columns` are those of contig, start and end."""
    contigs, remarks, places = {}, [], []
    with open(path, encoding='utf-8', errors='replace') as file:
        for line in file:
            if line.startswith('#'):
                remarks.append(line[:300])
                if line.startswith('##contig=<'):
                    fields = dict(f.split('=', 1) for f in line.strip()[10:-1].split(',') if '=' in f)
                    if fields.get('length', '').isdigit():
                        contigs[fields.get('ID', '')] = int(fields['length'])
                continue
            fields = line.rstrip('\n').split('\t') if '\t' in line else line.split()
            if len(fields) <= max(columns) or not (fields[columns[1]].isdigit() and fields[columns[2]].isdigit()):
                continue
            places.append((fields[columns[0]], int(fields[columns[1]]), int(fields[columns[2]])))
            if len(places) > 100_000:
                break
    return Facts(contigs, ''.join(remarks[:2000]), places)


def sequence(path):
    with open(f'{path}.fai', encoding='utf-8', errors='replace') as file:
        contigs = {line.split('\t')[0]: int(line.split('\t')[1]) for line in file}
    name, length = next(iter(contigs.items()))
    facts = Facts(contigs, '', [])
    facts.locus = name, 1, min(length, 120)
    return facts


def facts_of(path, kind):
    if kind in ('bam', 'cram'):
        return reads(path)
    if kind == 'fasta':
        return sequence(path)
    return text_file(path, {'vcf': (0, 1, 1), 'gff': (0, 3, 4)}.get(kind, (0, 1, 2)))


def readable_name(title, kind, path):
    """A track is called as its file is: the item's title, without what a path or a command line could mistake."""
    clean = ''.join(c if c.isalnum() or c in ' -.' else ' ' for c in title).strip(' .-')[:60] or kind
    ending = {'cram': 'bam', 'genotype': 'bed', 'fasta': 'fa', 'gff': 'gff3'}.get(kind, kind)
    if kind == 'gff':
        with open(path, encoding='utf-8', errors='replace') as file:
            body = next((line for line in file if not line.startswith('#')), '')
        ending = 'gtf' if ' "' in body.rsplit('\t', 1)[-1] else 'gff3'
    return f'{os.path.splitext(clean)[0] if clean.lower().endswith(ending) else clean}', ending
