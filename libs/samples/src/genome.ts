import type { SampleFile } from './sample-file.js';

// Places of well-known variants on GRCh38, with made genotypes.
const VARIANTS: readonly (readonly [string, number, string, string, string, string, string])[] = [
  ['1', 11796321, 'rs1801133', 'G', 'A', '0/1', 'MTHFR'],
  ['1', 169549811, 'rs6025', 'C', 'T', '0/0', 'F5'],
  ['2', 135851076, 'rs4988235', 'G', 'A', '0/1', 'MCM6'],
  ['4', 88131171, 'rs2231142', 'G', 'T', '0/0', 'ABCG2'],
  ['6', 26092913, 'rs1800562', 'G', 'A', '0/1', 'HFE'],
  ['7', 117559590, 'rs113993960', 'ATCT', 'A', '0/0', 'CFTR'],
  ['10', 94781859, 'rs4244285', 'G', 'A', '0/1', 'CYP2C19'],
  ['10', 94942290, 'rs1799853', 'C', 'T', '0/0', 'CYP2C9'],
  ['12', 21178615, 'rs4149056', 'T', 'C', '0/1', 'SLCO1B1'],
  ['13', 32340300, 'rs80359550', 'GT', 'G', '0/0', 'BRCA2'],
  ['16', 31096368, 'rs9923231', 'C', 'T', '1/1', 'VKORC1'],
  ['17', 43091983, 'rs16942', 'T', 'C', '0/1', 'BRCA1'],
  ['19', 44908684, 'rs429358', 'T', 'C', '0/1', 'APOE'],
  ['19', 44908822, 'rs7412', 'C', 'T', '0/0', 'APOE'],
  ['22', 42128945, 'rs3892097', 'C', 'T', '0/1', 'CYP2D6'],
];

/** Variants of one made person on GRCh38, as VCF 4.2. */
export function syntheticGenome(): SampleFile {
  const chromosomes = [...new Set(VARIANTS.map(([chromosome]) => chromosome))];
  const lines = [
    '##fileformat=VCFv4.2',
    '##source=vitrine synthetic data',
    '##reference=GRCh38',
    ...chromosomes.map((chromosome) => `##contig=<ID=chr${chromosome},assembly=GRCh38>`),
    '##INFO=<ID=GENE,Number=1,Type=String,Description="Gene">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSYNTHETIC',
    ...VARIANTS.map(
      ([chromosome, position, id, reference, alternative, genotype, gene]) =>
        `chr${chromosome}\t${position}\t${id}\t${reference}\t${alternative}\t60\tPASS\tGENE=${gene}\tGT\t${genotype}`,
    ),
  ];
  return { name: 'synthetic-genome.vcf', bytes: Buffer.from(`${lines.join('\n')}\n`) };
}
