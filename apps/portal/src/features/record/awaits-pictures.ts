import type { Item } from '../../api/types.js';

/** Small pictures are made a moment after a thing was added; after this long there will be none. */
const SOON_MS = 60_000;

/** Some of these things may get their small picture at any moment. */
export const awaitsPictures = (items: readonly Item[], now = Date.now()): boolean =>
  items.some(
    (item) =>
      !item.hasThumbnail && item.kind !== 'genome' && now - new Date(item.addedAt).getTime() < SOON_MS,
  );
