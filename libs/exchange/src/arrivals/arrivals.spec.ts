import { describe, expect, it } from '@jest/globals';
import { Problem } from '@vitrine/kernel';
import type { UploadStore } from '../uploads/upload-store.js';
import { Arrivals, type Destination } from './arrivals.js';

describe('what arrived', () => {
  it('is handed on again when the first time there was no room or no time', async () => {
    const errors: unknown[] = [];
    const pauses = { afterReleaseMs: 1, whileOpenMs: 60_000, againAfterMs: 1 };
    const arrivals = new Arrivals({} as UploadStore, pauses, (error) => errors.push(error));
    let tries = 0;
    const handedOn = new Promise<string>((resolve) => {
      const destination: Destination = {
        key: 'the inbox',
        begin: () => Promise.resolve({ id: 'one', keyOwnerId: 'somebody', room: 100 }),
        settle: (id) => {
          if (++tries < 3) return Promise.reject(new Problem('kernel.busy'));
          resolve(id);
          return Promise.resolve();
        },
      };
      const visit = {};
      void arrivals.join(visit, destination).then((arrival) => {
        arrivals.done(arrival);
        arrivals.leave(visit, arrival);
      });
      // The timers hold up no exit, and nothing else runs here.
      const awake = setInterval(() => tries === 3 && clearInterval(awake), 1);
    });
    expect(await handedOn).toBe('one');
    expect(errors).toMatchObject([{ code: 'kernel.busy' }, { code: 'kernel.busy' }]);
    arrivals.forget();
  });
});
