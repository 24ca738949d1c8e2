import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newKey } from '@vitrine/sealing';
import { filesBelow, testData } from '../../testing/data-files.js';
import type { Answer } from '../recognition/answer.js';
import { Examiner } from './examiner.js';
import type { Unpacked } from './protocol.js';

jest.setTimeout(120_000);

const data = testData();
const describeWithData = data === undefined ? describe.skip : describe;

const word = (answer: Answer): string => {
  if (answer.kind === 'file') return `${answer.format}${answer.flagged ? ' flagged' : ''}`;
  return answer.kind === 'refused' ? answer.code.replace('exchange.', '') : answer.kind;
};

const inArchive = ({ entries, refusedEntries, emptyEntries, refused }: Unpacked): string =>
  refused === null
    ? `archive ${entries.length} good, ${refusedEntries.length} refused, ${emptyEntries} empty`
    : `archive ${refused.replace('exchange.', '')}`;

describeWithData('Examiner on every file of the test data', () => {
  const root = data ?? '';
  const examiner = new Examiner(tmpdir());
  const key = newKey();
  const answers = new Map<string, string>();
  const slowest = { name: '', ms: 0 };
  let scratch: string;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'vitrine-examine-'));
    await examiner.recognise({ path: join(root, 'CATALOG.md') }, 'CATALOG.md');
    for (const [index, name] of filesBelow(root).entries()) {
      const path = join(root, name);
      const start = performance.now();
      const answer = await examiner.recognise({ path }, name);
      let said = word(answer);
      if (answer.kind === 'archive') {
        const target = join(scratch, String(index));
        mkdirSync(target);
        said = inArchive(await examiner.unpack({ path }, { folder: target, key }, 1024 ** 3));
        rmSync(target, { recursive: true });
      }
      answers.set(name, said);
      const ms = performance.now() - start;
      if (ms > slowest.ms) Object.assign(slowest, { name, ms });
    }
  });
  afterAll(() => {
    examiner.close();
    const table = [...answers].map(([name, said]) => `${name.padEnd(70)} ${said}`);
    process.stdout.write(`${table.filter((line) => !line.includes('dicom/series/')).join('\n')}\n`);
    rmSync(scratch, { recursive: true, force: true });
  });

  const answer = (name: string): string => answers.get(name) ?? 'no such file';
  const below = (folder: string): Map<string, string> =>
    new Map([...answers].filter(([name]) => name.startsWith(folder)));

  it('has a clear answer to each within five seconds', () => {
    expect([...answers.values()].filter((said) => said.includes('took-too-long'))).toEqual([]);
    expect(slowest.ms).toBeLessThan(5_000);
  });

  it('writes nothing beside the folder that it was given', () => {
    expect(readdirSync(scratch)).toEqual([]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('escaped'))).toEqual([]);
    expect(filesBelow(root).filter((name) => name.includes('escaped'))).toEqual([]);
  });

  it('takes every image of the series, the charsets, the modalities and the objects', () => {
    for (const folder of ['dicom/series/', 'dicom/charset/', 'dicom/modality/', 'dicom/objects/'])
      expect(new Set(below(folder).values())).toEqual(new Set(['dicom']));
  });

  it('finds images of a disc by content and leaves its belongings out', () => {
    expect(answer('dicom/cd-ct/DICOMDIR')).toBe('ignored');
    expect(answer('dicom/cd-ct/VIEWER.EXE')).toBe('ignored');
    expect(answer('dicom/cd-ct/DICOM/CTHEAD/IM000001')).toBe('dicom');
    expect(answer('dicom/cd-ct.zip')).toMatch(/^archive 29 good, 0 refused/);
  });

  it.each([
    ['bam', ['genome/na12878-chr22-tiny/na12878.bam', 'genome/hg38/HG002_chr11.bam']],
    ['cram', ['genome/na12878-chr22-tiny/na12878.cram']],
    [
      'index',
      [
        'genome/na12878-chr22-tiny/na12878.bam.bai',
        'genome/na12878-chr22-tiny/na12878.cram.crai',
        'genome/na12878-chr22-tiny/q.fa.fai',
        'genome/na12878-chr22-tiny/q.vcf.gz.tbi',
      ],
    ],
    ['vcf', ['genome/vcf/SRP32_3samples.vcf', 'genome/vcf/ion-panel.vcf.gz', 'hostile/genome/html.vcf']],
    ['fasta', ['genome/na12878-chr22-tiny/q.fa']],
    ['gff', ['genome/annotation/MYC-region.gff3', 'genome/annotation/MYC.gtf']],
    ['bed', ['genome/annotation/basic3.bed']],
    [
      'genotype',
      ['23andme.txt', 'ancestry.txt', 'DNALand.txt', 'livingdna.csv', 'mapmygenome.txt'].map(
        (name) => `genome/raw-genotype/${name}`,
      ),
    ],
    ['pdf', ['documents/pdf/clinical-note.pdf', 'hostile/markup/js-action.pdf']],
  ])('recognises %s', (format, names) => {
    for (const name of names) expect(`${name} ${answer(name)}`).toBe(`${name} ${format}`);
  });

  it.each([
    ['archive/bomb-300MB.dcm.gz', 'archive-bomb'],
    ['archive/bomb-flat-500MB.zip', 'archive archive-bomb'],
    ['archive/bomb-overlap-100GB.zip', 'archive archive-bomb'],
    ['archive/encrypted-flag.zip', 'archive encrypted-archive'],
    ['archive/truncated.zip', 'archive damaged-archive'],
    ['archive/many-entries-20000.zip', 'archive 0 good, 0 refused, 20000 empty'],
    ['archive/traversal.tar.gz', 'unknown-format'],
    ['archive/traversal-dotdot.zip', 'archive 1 good, 1 refused, 0 empty'],
    ['archive/symlink-then-write.zip', 'archive 1 good, 1 refused, 0 empty'],
    ['dicom/truncated-pixels.dcm', 'truncated-dicom'],
    ['dicom/truncated-half.dcm', 'truncated-dicom'],
    ['dicom/length-4gb-pixeldata.dcm', 'truncated-dicom'],
    ['dicom/only-preamble-and-dicm.dcm', 'truncated-dicom'],
    ['dicom/deep-sequence-20000.dcm', 'damaged-dicom'],
    ['dicom/ts-says-jpeg-but-raw.dcm', 'damaged-dicom'],
    ['dicom/uid-path-traversal.dcm', 'damaged-dicom'],
    ['dicom/uid-200-chars.dcm', 'damaged-dicom'],
    ['dicom/bomb-rle-65535x65535.dcm', 'too-large'],
    ['dicom/bomb-deflated-200MB.dcm', 'too-large'],
    ['dicom/polyglot-mz-preamble.dcm', 'dicom flagged'],
    ['dicom/polyglot-html-preamble.dcm', 'dicom flagged'],
    ['dicom/polyglot-zip-appended.dcm', 'dicom flagged'],
    ['dicom/encapsulated-html.dcm', 'dicom flagged'],
    ['dicom/empty.dcm', 'empty'],
    ['genome/truncated.bam', 'incomplete'],
    ['genome/bomb.vcf.gz', 'archive-bomb'],
    ['markup/report.pdf', 'unknown-format'],
    ['markup/scan.dcm', 'unknown-format'],
    ['markup/scan.svg', 'unknown-format'],
  ])('answers to hostile/%s: %s', (name, expected) => {
    expect(answer(`hostile/${name}`)).toBe(expected);
  });

  it('takes no markup, table or message for something to read', () => {
    for (const [name, said] of [...below('hostile/documents/'), ...below('documents/hl7v2/')])
      expect(`${name} ${said}`).toBe(`${name} unknown-format`);
  });
});

describe('Examiner', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-examine-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const fileOf = (name: string, content: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('refuses only the file that takes too long, and goes on with a fresh process', async () => {
    const pipe = join(folder, 'pipe');
    const { execFileSync } = await import('node:child_process');
    // Opening a pipe that nobody writes to blocks for good, like a parser in an endless loop.
    execFileSync('mkfifo', [pipe]);
    const examiner = new Examiner(tmpdir(), { timeMs: 300, memoryMiB: 512, startMs: 20_000 });
    const pdf = fileOf('a.pdf', '%PDF-1.4\n');
    expect(await examiner.recognise({ path: pdf }, 'a.pdf')).toEqual({
      kind: 'file',
      format: 'pdf',
      flagged: false,
    });
    const start = performance.now();
    expect(await examiner.recognise({ path: pipe }, 'pipe')).toEqual({
      kind: 'refused',
      code: 'exchange.took-too-long',
    });
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(await examiner.recognise({ path: pdf }, 'a.pdf')).toEqual({
      kind: 'file',
      format: 'pdf',
      flagged: false,
    });
    examiner.close();
  });

  it('ends a process that takes too much memory', async () => {
    // No process of Node is that small, so the first look at it is the last.
    const examiner = new Examiner(tmpdir(), { timeMs: 10_000, memoryMiB: 8, startMs: 20_000 });
    await expect(examiner.recognise({ path: fileOf('b.pdf', '%PDF-1.4\n') }, 'b.pdf')).rejects.toMatchObject({
      code: 'kernel.busy',
    });
    examiner.close();
  });

  it('says that a file which is gone cannot be read', async () => {
    const examiner = new Examiner(tmpdir());
    expect(await examiner.recognise({ path: join(folder, 'gone') }, 'gone')).toEqual({
      kind: 'refused',
      code: 'exchange.unknown-format',
    });
    examiner.close();
    expect(statSync(folder).isDirectory()).toBe(true);
  });
});
