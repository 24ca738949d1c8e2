import { describe, expect, it } from '@jest/globals';
import type { Isolation } from '@vitrine/hypervisor';
import { FakeDriver } from '@vitrine/hypervisor/testing';
import { Problem } from '@vitrine/kernel';
import { SignedImageRegister } from './image-register.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const MANIFEST = {
  id: 'plain',
  title: 'Plain',
  sentence: 'Shows.',
  licence: 'MIT',
  formats: ['dicom'],
  resources: { memoryMiB: 256 },
};
const soon = () => ({ signal: AbortSignal.timeout(5_000) });

describe('the register of images, where the operator asks for strong walls', () => {
  const driver = new FakeDriver();
  driver.engine.images.set('some/plain:1', {
    digest: DIGEST,
    bytes: 1,
    createdAt: new Date(0),
    labels: {
      'org.vitrine.contract': '1',
      'org.vitrine.manifest': Buffer.from(JSON.stringify(MANIFEST)).toString('base64'),
    },
  });
  const images = { viewers: ['some/plain:1'], guacd: 'guacd:1', toolbox: 'toolbox:1' };
  const register = new SignedImageRegister(driver, images, Buffer.alloc(32, 7), 'strong');

  const outcome = (work: Promise<{ readonly isolation: Isolation }>) =>
    work.then(
      ({ isolation }) => isolation,
      (error: unknown) => Problem.from(error).code,
    );

  it.each([
    ['standard', 'hypervisor.isolation-missing'],
    ['strong', 'strong'],
    ['vm', 'vm'],
  ] as const)('of a viewer and of one that is tested, within %s walls: %s', async (isolation, expected) => {
    const image = { imageDigest: DIGEST, isolation };
    // A word of before, when less was asked for, does not help.
    const registration = register.registrationOf(image);
    expect(await outcome(register.viewer(image, registration, soon()))).toBe(expected);
    expect(await outcome(register.candidate(image, soon()))).toBe(expected);
  });
});
