import { describe, expect, it } from '@jest/globals';
import type { Isolation } from '@vitrine/hypervisor';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { Problem } from '@vitrine/kernel';
import { testSessionHost } from '../../testing/test-session-host.js';
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

  it('lets the host tell what is installed in an image: nothing is started for that', async () => {
    const { host } = testSessionHost({
      driver,
      mounts: new FakeMounts(),
      settings: { runDir: '/nonexistent', dataDir: '/nonexistent', scratchDir: '/nonexistent' },
      register,
    });
    await expect(host.packages(DIGEST, soon())).resolves.toBeUndefined();
  });
});
