import type { SessionHost } from '@vitrine/session-host';
import type { Readings } from './readings.js';
import { layOutRecord, type PlacedFile } from './record-layout.js';
import { arrivingFile, inParts } from './record-parts.js';
import type { ChosenRecord, ObjectLender, RecordSource } from './record-source.js';
import { lookerOf, type Session } from './session.entity.js';

export interface LayingParts {
  readonly records: Pick<RecordSource, 'choose'>;
  readonly lender: ObjectLender;
  readonly readings: Pick<Readings, 'of'>;
  readonly host: SessionHost;
}

/**
 * Has the host lay out what the session shows, in parts: what the viewer opens first lies there first, and the guest is
 * told of each part when it is whole. Returns when everything is there. What another process laid out is kept, up to the
 * part that it was at: somebody may be looking at it.
 */
export async function layRecord(session: Session, parts: LayingParts, signal: AbortSignal): Promise<void> {
  const { id } = session;
  const { readings, host } = parts;
  const { items, files } = await attachRecord(session, parts, signal);
  const layout = layOutRecord(items, files, await readings.of(files, signal));
  const inOrder = inParts(layout.files);
  const coming = arrivingFile(layout.open, items, inOrder);
  let arrived = await host.resume(id, coming, { signal });
  if (arrived === 0)
    for (const page of layout.pages) await host.writePage(id, page.path, page.bytes, { signal });
  for (; arrived < inOrder.length; arrived++) {
    if (arrived > 0) await host.writeArriving(id, { ...coming, arrived }, { signal });
    await layPart(session, inOrder[arrived] ?? [], parts, signal);
  }
  await host.writeOpen(id, layout.open, { signal });
}

/** Has the host show the guests the record's place, still empty, and answers what will be laid out there. */
export async function attachRecord(
  { id, patientId, itemIds, plan, startedBy, permit }: Session,
  { records, host }: Pick<LayingParts, 'records' | 'host'>,
  signal: AbortSignal,
): Promise<ChosenRecord> {
  const chosen = await records.choose(patientId, itemIds, lookerOf(startedBy));
  const blobIds = chosen.files.map(({ blobId }) => blobId);
  const { bytes, files, scratch = false } = plan;
  await host.attach(id, permit, { patientId, blobIds, bytes, files, scratch }, { signal });
  return chosen;
}

async function layPart(
  { id, patientId }: Session,
  files: readonly PlacedFile[],
  { lender, host }: LayingParts,
  signal: AbortSignal,
): Promise<void> {
  // The same bytes may be in the record under several names.
  const paths = new Map<string, string[]>();
  for (const { blobId, path } of files) paths.set(blobId, [...(paths.get(blobId) ?? []), path]);
  await lender.lend(patientId, [...paths.keys()], signal, (objects) =>
    host.copy(
      id,
      objects.flatMap((object) => (paths.get(object.blobId) ?? []).map((path) => ({ ...object, path }))),
      { signal },
    ),
  );
}
