import type { DataSource } from 'typeorm';
import { newId } from '@vitrine/kernel';
import { RecordFile, RecordItem } from '@vitrine/records';
import { Viewer } from '@vitrine/viewers';

export const aViewer = (change: Partial<Viewer> = {}): Viewer =>
  Object.assign(new Viewer(), {
    id: 'plain',
    title: 'Plain viewer',
    sentence: 'Shows things.',
    licence: 'Apache-2.0',
    formats: ['dicom'],
    rank: 10,
    imageReference: 'vitrine/plain:1',
    imageDigest: `sha256:${'a'.repeat(64)}`,
    registration: null,
    resources: { cpus: 1, memoryMiB: 256, pids: 64, scratchMiB: 16 },
    network: 'none' as const,
    egress: [],
    display: { width: 1280, height: 800 },
    state: 'offered' as const,
    shipped: true,
    admission: null,
    icon: null,
    imageCreatedAt: null,
    origin: null,
    maximumMinutes: null,
    createdAt: '2026-01-31T09:30:00.000Z',
    ...change,
  });

export interface MadeItem {
  readonly item: RecordItem;
  readonly files: readonly RecordFile[];
}

/** An imaging item of `count` files in a patient's record, or one that waits for the patient's yes. */
export async function addImaging(
  database: DataSource,
  patientId: string,
  count = 2,
  state: RecordItem['state'] = 'kept',
): Promise<MadeItem> {
  const item = Object.assign(new RecordItem(), {
    id: newId(),
    patientId,
    kind: 'imaging' as const,
    state,
    title: 'CT of the head',
    takenOn: '2026-01-02',
    formats: ['dicom' as const],
    count,
    bytes: count * 1000,
    study: null,
    document: null,
    thumbnailBlobId: null,
    importId: newId(),
    origin: { kind: 'self' as const, name: 'Jane', at: '2026-01-31T09:30:00.000Z' },
    addedAt: '2026-01-31T09:30:00.000Z',
  });
  const files = Array.from({ length: count }, (_, index) =>
    Object.assign(new RecordFile(), {
      id: newId(),
      itemId: item.id,
      patientId,
      blobId: newId(),
      untrustedName: `../IMG ${index}`,
      format: 'dicom' as const,
      bytes: 1000,
      seriesInstanceUid: '1.2.3',
      sopInstanceUid: `1.2.3.${index}`,
      sopClassUid: null,
      transferSyntaxUid: null,
      modality: 'CT',
      seriesDescription: null,
      seriesNumber: 1,
      instanceNumber: index + 1,
      frames: 1,
      attributes: null,
    }),
  );
  await database.manager.save([item]);
  await database.manager.save(files);
  return { item, files };
}
