import { describe, expect, it } from '@jest/globals';
import { areaOf, mayEnter } from './areas.js';

describe('areas', () => {
  it.each([
    ['/record/17', 'patient'],
    ['/viewer/17', 'patient'],
    ['/deposit', 'provider'],
    ['/pacs', 'provider'],
    ['/admin/viewers', 'admin'],
    ['/studio/17', 'studio'],
    ['/studio', 'studio'],
    ['/settings', 'everybody'],
    ['/', 'everybody'],
  ] as const)('gives %s to %s', (path, area) => expect(areaOf(path)).toBe(area));

  it('does not take a longer word for the same place', () => expect(areaOf('/recorder')).toBe('everybody'));

  it('lets admins and vendors build, and a vendor do nothing else', () => {
    expect(mayEnter('admin', 'studio')).toBe(true);
    expect(mayEnter('vendor', 'studio')).toBe(true);
    expect(mayEnter('vendor', 'admin')).toBe(false);
    expect(mayEnter('vendor', 'patient')).toBe(false);
    expect(mayEnter('patient', 'studio')).toBe(false);
  });

  it('keeps an admin out of a record', () => {
    expect(mayEnter('admin', 'patient')).toBe(false);
    expect(mayEnter('patient', 'patient')).toBe(true);
  });
});
