import { buildImages, BuildError } from '../../vm-images/build.mjs';
import { MACHINES } from '../../vm-images/machines.mjs';
import { step, Stop } from './say.mjs';

/** Makes the viewer images that are missing or out of date. */
export const ensureImages = () => ensure('Making the viewer images', {});

/** What the tests of virtual machines stand on. */
export const ensureMachineImages = () =>
  ensure('Making the images of virtual machines', { folder: MACHINES, names: ['qemu', 'machine-base'] });

async function ensure(title, which) {
  await step(title, async (note) => {
    try {
      const images = await buildImages({
        ...which,
        onProgress: ({ image, message }) => note(`${image}: ${message}`),
      });
      const made = images.filter((image) => image.made).map(({ name }) => name);
      return made.length > 0 ? made.join(', ') : 'all current';
    } catch (error) {
      if (error instanceof BuildError) throw new Stop(error.message);
      throw error;
    }
  });
}
