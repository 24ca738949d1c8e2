import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { syntheticReportPdf } from '@vitrine/samples';
import { ExchangeBench, sharedExaminer } from '../testing/exchange-bench.js';

jest.setTimeout(60_000);

describe('an import that fails', () => {
  let bench: ExchangeBench;
  beforeEach(async () => {
    bench = await ExchangeBench.open();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await bench.close();
  });
  afterAll(() => sharedExaminer.end());

  it('is told of as soon as the database takes it, and ends nothing but itself', async () => {
    const jane = await bench.patient();
    bench.sender = jane.account.id;
    const begun = await bench.imports.beginOwn(jane.account, jane.patient);
    await bench.upload(begun.id, syntheticReportPdf());
    const strayed: unknown[] = [];
    const stray = (reason: unknown) => strayed.push(reason);
    process.on('unhandledRejection', stray);
    try {
      jest.spyOn(bench.vault, 'roomFor').mockRejectedValue(new Error('the medium is broken'));
      await bench.imports.finish(jane.account.id, begun.id);
      // What was stored for it is to be freed, then the failure written down, and that once more.
      const write = jest.spyOn(bench.database.transactor, 'run');
      for (const what of ['freed', 'written'])
        write.mockRejectedValueOnce(new Error(`nothing can be ${what} now`));
      await bench.runner.idle();
      expect(write).toHaveBeenCalledTimes(3);
    } finally {
      process.off('unhandledRejection', stray);
    }
    expect(strayed).toEqual([]);
    expect(await bench.imports.get(jane.account.id, begun.id)).toMatchObject({
      state: 'failed',
      notes: [{ code: 'kernel.unexpected' }],
    });
    expect(bench.leftovers()).toEqual([]);
  });
});
