const lines = (rows: readonly string[]): string => `${rows.join('\n')}\n`;
const row = (...cells: (string | number)[]): string => cells.join('\t');
const places = Array.from({ length: 40 }, (_, index) => 1_000_000 + index * 700);

export const VCF = lines([
  '##fileformat=VCFv4.2',
  '##contig=<ID=chr1,length=248956422>',
  '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
  row('#CHROM', 'POS', 'ID', 'REF', 'ALT', 'QUAL', 'FILTER', 'INFO', 'FORMAT', 'SAMPLE'),
  ...places.map((place, index) =>
    row('chr1', place, `s${index}`, 'A', 'G', 60, 'PASS', '.', 'GT', index % 3 === 0 ? '1/1' : '0/1'),
  ),
]);

export const BED = lines(
  places.map((place, index) => row('chr1', place, place + 400, `region-${index}`, 500, '+')),
);

export const GFF = lines([
  '##gff-version 3',
  ...places.map((place, index) =>
    row('chr1', 'sample', 'exon', place, place + 400, '.', '+', '.', `ID=exon${index}`),
  ),
]);

export const FASTA = lines([
  '>sample',
  ...Array.from({ length: 40 }, (_, line) =>
    Array.from({ length: 60 }, (_, at) => 'ACGT'[(line * 7 + at * at) % 4]).join(''),
  ),
]);

export const GENOTYPE = lines([
  '# rsid\tchromosome\tposition\tgenotype',
  ...places.map((place, index) => row(`rs${index + 1}`, 1, place, index % 2 === 0 ? 'AG' : 'GG')),
]);

export const TEXT = lines([
  'Sample note',
  '',
  ...Array.from({ length: 30 }, (_, index) => `Line ${index + 1}: this text belongs to nobody.`),
]);
