import { describe, expect, it } from '@jest/globals';
import type { Found } from './gather.js';
import { keyOfFile } from './unfinished.js';

const found = (path: string, size = 10, lastModified = 5): Found => ({
  path,
  file: { size, lastModified } as File,
});

describe('keyOfFile', () => {
  it('gives the same file in the same place the same key', () =>
    expect(keyOfFile(found('cd/IM1'))).toBe(keyOfFile(found('cd/IM1'))));

  it('tells place, size and time of change apart', () => {
    const keys = [found('cd/IM1'), found('cd/IM2'), found('cd/IM1', 11), found('cd/IM1', 10, 6)].map(
      keyOfFile,
    );
    expect(new Set(keys).size).toBe(4);
  });

  it('gives ten thousand images of a disc as many keys', () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => keyOfFile(found(`DICOM/IM${index}`, 525_000)));
    expect(new Set(keys).size).toBe(10_000);
  });
});
