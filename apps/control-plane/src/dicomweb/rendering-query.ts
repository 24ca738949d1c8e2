import type { PictureType, Rendering } from '@vitrine/exchange';
import { Problem } from '@vitrine/kernel';
import { LARGEST_SIDE, THUMBNAIL_SIDE } from '@vitrine/session-host';
import { acceptedTypes } from './media-types.js';

const NUMBER = /^-?\d{1,9}(\.\d{1,9})?$/;

/** The kind of picture that a client takes; JPEG where it leaves the choice (PS3.18 §8.7.4). Throws `exchange.not-acceptable`. */
export function pictureType(accept: string | undefined): PictureType {
  for (const { name } of acceptedTypes(accept)) {
    if (name === 'image/jpeg' || name === 'image/*' || name === '*/*') return 'image/jpeg';
    if (name === 'image/png') return name;
  }
  throw new Problem('exchange.not-acceptable');
}

/**
 * How to paint, from the address (PS3.18 §8.3.5.1): `viewport`, `window` and `quality`. Whatever else there is in it
 * changes nothing. Throws `kernel.invalid` for a part of an image and for other windows than linear ones.
 */
export function readRendering(
  parameters: URLSearchParams,
): Pick<Rendering, 'viewport' | 'window' | 'quality'> {
  const quality = parameters.get('quality');
  if (quality !== null && !(/^\d{1,3}$/.test(quality) && Number(quality) >= 1 && Number(quality) <= 100))
    throw new Problem('kernel.invalid');
  return {
    viewport: viewportOf(parameters),
    window: windowOf(parameters.get('window')),
    quality: quality === null ? undefined : Number(quality),
  };
}

/** The size of a thumbnail (PS3.18 §8.3.5.1.5): what was asked for, but small. */
export function thumbnailSize(parameters: URLSearchParams): { width: number; height: number } {
  const side = { width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE };
  const { width, height } = viewportOf(parameters) ?? side;
  return { width: Math.min(width, side.width), height: Math.min(height, side.height) };
}

function viewportOf(parameters: URLSearchParams): { width: number; height: number } | undefined {
  const text = parameters.get('viewport');
  if (text === null) return undefined;
  const [, width = 0, height = 0] = (/^(\d{1,4}),(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (width < 1 || height < 1 || width > LARGEST_SIDE || height > LARGEST_SIDE)
    throw new Problem('kernel.invalid');
  return { width, height };
}

function windowOf(text: string | null): Rendering['window'] {
  if (text === null) return undefined;
  const [center = '', width = '', shape = 'linear', ...rest] = text.split(',');
  const known = /^linear(-exact)?$/i.test(shape) && rest.length === 0;
  if (!known || !NUMBER.test(center) || !NUMBER.test(width) || Number(width) < 1)
    throw new Problem('kernel.invalid');
  return { center: Number(center), width: Number(width) };
}
