import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { ZipFile } from 'yazl';
import { VaultService } from '@vitrine/vault';
import { baseName } from './file-groups.js';
import type { RecordFile } from './record-file.entity.js';
import type { ItemWithFiles } from './records.service.js';

const EXTENSIONS: Readonly<Record<RecordFile['format'], string>> = {
  dicom: '.dcm',
  pdf: '.pdf',
  bam: '.bam',
  cram: '.cram',
  vcf: '.vcf',
  fasta: '.fa',
  bed: '.bed',
  gff: '.gff',
  bcf: '.bcf',
  genotype: '.txt',
  image: '',
  webp: '.webp',
  text: '.txt',
  cda: '.xml',
  fhir: '',
  hl7v2: '.hl7',
  index: '',
};

/** Hands out the bytes as they came in. */
@Injectable()
export class Originals {
  constructor(private readonly vault: VaultService) {}

  /**
   * A ZIP of the originals, made while it is read. Names in it are ours: numbered images, and the last part of a
   * document's name reduced to harmless characters.
   */
  zip({ item, files }: ItemWithFiles): Readable {
    const zip = new ZipFile();
    const names = archiveNames(files);
    const output = zip.outputStream as Readable;
    // A client that leaves must not leave an open file behind.
    let current: Readable | undefined;
    output.once('close', () => current?.destroy());
    files.forEach((file, index) => {
      zip.addReadStreamLazy(
        names[index] ?? file.id,
        { mode: 0o100644, mtime: new Date(item.addedAt), compress: false },
        (done) => {
          this.vault.open(item.patientId, file.blobId).then(
            (stream) => {
              current = stream;
              stream.once('error', (error) => output.destroy(error));
              done(null, stream);
            },
            (error: unknown) => output.destroy(error instanceof Error ? error : new Error('unreadable')),
          );
        },
      );
    });
    zip.end();
    return output;
  }
}

/** One unique, harmless name per file, in the same order. */
export function archiveNames(files: readonly RecordFile[]): string[] {
  const series = [...new Set(files.map(({ seriesInstanceUid }) => seriesInstanceUid))];
  const counts = new Map<string, number>();
  const used = new Set<string>();
  return files.map((file) => {
    if (file.format === 'dicom') {
      const folder = `series-${series.indexOf(file.seriesInstanceUid) + 1}`;
      const number = (counts.get(folder) ?? 0) + 1;
      counts.set(folder, number);
      return `${folder}/${String(number).padStart(6, '0')}.dcm`;
    }
    const name = harmless(baseName(file.untrustedName), EXTENSIONS[file.format]);
    for (let attempt = 1; ; attempt++) {
      const candidate = attempt === 1 ? name : `${attempt}-${name}`;
      if (used.has(candidate.toLowerCase())) continue;
      used.add(candidate.toLowerCase());
      return candidate;
    }
  });
}

function harmless(name: string, extension: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._-]+/, '')
    .slice(-80);
  const kept = plain === '' ? 'file' : plain;
  return kept.includes('.') ? kept : `${kept}${extension}`;
}
