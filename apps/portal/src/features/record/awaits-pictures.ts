import type { Item } from '../../api/types.js';

/** Small pictures are made a moment after a thing was added; after this long there will be none. */
const SOON_MS = 60_000;

/** What a picture is made of. */
const DRAWN: readonly string[] = ['dicom', 'pdf', 'image'];

/** Some of these things may get their small picture at any moment. */
export const awaitsPictures = (items: readonly Item[], now = Date.now()): boolean =>
  items.some(
    (item) =>
      !item.hasThumbnail &&
      item.formats.some((format) => DRAWN.includes(format)) &&
      now - new Date(item.addedAt).getTime() < SOON_MS,
  );
