import { productVersion } from '@vitrine/kernel';

/** References of the images that were built from this installation's own sources. */
export interface ShippedImages {
  readonly viewers: readonly string[];
  readonly guacd: string;
  /** Draws pictures of files. */
  readonly toolbox: string;
}

export const SHIPPED_IMAGES = Symbol('ShippedImages');

/** The images of one version of the product, as `vm-images/build.mjs` names them. */
export const shippedImages = (version = productVersion()): ShippedImages => {
  const image = (name: string) => `vitrine/${name}:${version}`;
  return {
    viewers: ['ohif', 'aeskulap', 'igv', 'mupdf'].map(image),
    guacd: image('guacd'),
    toolbox: image('toolbox'),
  };
};
