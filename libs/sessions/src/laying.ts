import type { ViewerFolder } from '@vitrine/viewers';
import type { Readings } from './readings.js';
import { layOutRecord } from './record-layout.js';
import { arrivingFile, inParts } from './record-parts.js';
import type { RecordCopier, RecordSource } from './record-source.js';
import { lookerOf, type Session } from './session.entity.js';

export interface LayingParts {
  readonly records: Pick<RecordSource, 'choose'>;
  readonly copier: RecordCopier;
  readonly readings: Pick<Readings, 'of'>;
}

/**
 * Lays out what the session shows, in parts: what the viewer opens first lies there first, and the guest is told of each
 * part when it is whole. Returns when everything is there. What another process laid out is kept, up to the part that it
 * was at: somebody may be looking at it.
 */
export async function layRecord(
  { patientId, itemIds, plan, startedBy }: Session,
  folder: ViewerFolder,
  { records, copier, readings }: LayingParts,
  signal: AbortSignal,
): Promise<void> {
  const [{ items, files }] = await Promise.all([
    records.choose(patientId, itemIds, lookerOf(startedBy)),
    folder.attach(plan),
  ]);
  const layout = layOutRecord(items, files, await readings.of(files, signal));
  const parts = inParts(layout.files);
  const coming = arrivingFile(layout.open, items, parts);
  const told = await folder.arriving();
  const isSame = JSON.stringify({ ...told, arrived: 0 }) === JSON.stringify(coming);
  let arrived = told && isSame ? told.arrived : 0;
  if (arrived === 0) {
    await folder.emptyRecord();
    for (const { path, bytes } of layout.pages) await folder.writePage(path, bytes);
  } else await folder.discard(parts[arrived]?.map(({ path }) => path) ?? []);
  for (; arrived < parts.length; arrived++) {
    if (arrived > 0) await folder.writeArriving({ ...coming, arrived });
    await copier.layOut(patientId, parts[arrived] ?? [], folder.files, signal);
  }
  await folder.writeOpen(layout.open);
}
