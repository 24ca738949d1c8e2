import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** References of the images that were built from this installation's own sources. */
export interface ShippedImages {
  readonly viewers: readonly string[];
  readonly guacd: string;
}

export const SHIPPED_IMAGES = Symbol('ShippedImages');

/** The images of one version of the product, as `vm-images/build.mjs` names them. */
export const shippedImages = (version = productVersion()): ShippedImages => {
  const image = (name: string) => `vitrine/${name}:${version}`;
  return { viewers: ['ohif', 'aeskulap', 'igv', 'mupdf'].map(image), guacd: image('guacd') };
};

/** Of the nearest package.json above: there is one, whether this runs from the sources or built. */
function productVersion(folder = import.meta.dirname): string {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  } catch (error) {
    if (dirname(folder) === folder) throw error;
    return productVersion(dirname(folder));
  }
}
