import { buildImages, BuildError } from '../../vm-images/build.mjs';
import { step, Stop } from './say.mjs';

/** Makes the viewer images that are missing or out of date. */
export async function ensureImages() {
  await step('Making the viewer images', async (note) => {
    try {
      const images = await buildImages({ onProgress: ({ image, message }) => note(`${image}: ${message}`) });
      const made = images.filter((image) => image.made).map(({ name }) => name);
      return made.length > 0 ? made.join(', ') : 'all current';
    } catch (error) {
      if (error instanceof BuildError) throw new Stop(error.message);
      throw error;
    }
  });
}
