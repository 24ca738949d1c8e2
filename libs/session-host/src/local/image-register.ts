import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CallOptions, GuestImage, HypervisorDriver, Isolation } from '@vitrine/hypervisor';
import { Problem, type LeastWalls } from '@vitrine/kernel';
import { refused } from '../permits.js';
import { CONTRACT, type ViewerBuild } from '../image-contract.js';
import { readManifestLabel } from '../manifest.js';
import type { RegisteredImage } from '../session-host.js';
import type { ShippedImages } from '../shipped-images.js';
import type { BoundImage } from './session-places.js';

/** Which images may be started, and what their guests are made from. */
export abstract class ImageRegister {
  abstract find(reference: string, options: CallOptions): Promise<RegisteredImage | undefined>;

  /**
   * Throws `sessions.not-permitted` for an image that is not registered, or that has no use for the results that it is
   * to have, and `hypervisor.isolation-missing` for walls that are less than the operator asks for.
   */
  abstract viewer(image: BoundImage, registration: string | null, options: CallOptions): Promise<ViewerBuild>;

  /** An image that is still to be tested. Throws `viewers.not-a-viewer` and `hypervisor.isolation-missing`. */
  abstract candidate(image: BoundImage, options: CallOptions): Promise<ViewerBuild>;

  /** Throws `viewers.not-a-viewer` for what could not be one within any walls. */
  abstract requireViewer(imageDigest: string, options: CallOptions): Promise<void>;

  /** What makes an image a registered one, within these walls and no others. */
  abstract registrationOf(image: BoundImage): string;

  /** Whether a viewer may have walls of this kind, whatever this machine can give. */
  abstract allows(isolation: Isolation): boolean;

  /** The digests of our own images that are no viewers. Throws `hypervisor.image-missing`. */
  abstract own(name: 'guacd' | 'toolbox', options: CallOptions): Promise<string>;
}

/**
 * Registers by signature: the catalogue keeps it, and only the host can make one. An image of this installation's own
 * gets it at once, any other after its test. Network and limits are those that the image itself states, within the
 * bounds of a manifest; nobody can ask for others.
 */
export class SignedImageRegister extends ImageRegister {
  /** Digests name content, so what was read of one stays true. */
  private readonly builds = new Map<string, StatedBuild>();
  private readonly known = new Map<string, string>();

  constructor(
    private readonly driver: HypervisorDriver,
    private readonly images: ShippedImages,
    private readonly key: Buffer,
    private readonly least: LeastWalls = 'standard',
  ) {
    super();
  }

  override async find(reference: string, options: CallOptions): Promise<RegisteredImage | undefined> {
    const image = await this.driver.findImage(reference, options);
    for (const name of ['guacd', 'toolbox'] as const)
      if (reference === this.images[name]) {
        if (image) this.known.set(name, image.digest);
        else this.known.delete(name);
      }
    if (!image) return undefined;
    const own = this.images.viewers.includes(reference);
    const within = (isolation: Isolation) => this.registrationOf({ imageDigest: image.digest, isolation });
    const registrations = { standard: within('standard'), strong: within('strong'), vm: within('vm') };
    return { ...image, registrations: own ? registrations : null };
  }

  override async viewer(
    image: BoundImage,
    registration: string | null,
    options: CallOptions,
  ): Promise<ViewerBuild> {
    const [known, said] = [this.registrationOf(image), registration ?? ''];
    if (said.length !== known.length || !timingSafeEqual(Buffer.from(said), Buffer.from(known)))
      throw refused('an image that is not registered');
    const build = await this.within(image, options);
    if (image.results && !build.results) throw refused('it has no use for results');
    return { ...build, results: image.results === true };
  }

  override async candidate(image: BoundImage, options: CallOptions): Promise<ViewerBuild> {
    return { ...(await this.within(image, options)), results: false };
  }

  override async requireViewer(imageDigest: string, options: CallOptions): Promise<void> {
    await this.stated(imageDigest, options);
  }

  override allows(isolation: Isolation): boolean {
    return this.least === 'standard' || isolation !== 'standard';
  }

  private async within({ imageDigest, isolation }: BoundImage, options: CallOptions): Promise<ViewerBuild> {
    if (!this.allows(isolation)) throw new Problem('hypervisor.isolation-missing');
    return { ...(await this.stated(imageDigest, options)), isolation };
  }

  /** What the image says of itself. */
  private async stated(imageDigest: string, options: CallOptions): Promise<StatedBuild> {
    const known = this.builds.get(imageDigest);
    if (known) return known;
    const image = await this.driver.findImage(imageDigest, options);
    if (image?.digest !== imageDigest) throw new Problem('hypervisor.image-missing');
    const build = buildOf(image);
    this.builds.set(imageDigest, build);
    return build;
  }

  override registrationOf({ imageDigest, isolation }: BoundImage): string {
    return createHmac('sha256', this.key).update(`image\n${imageDigest}\n${isolation}`).digest('base64url');
  }

  override async own(name: 'guacd' | 'toolbox', options: CallOptions): Promise<string> {
    const digest = this.known.get(name) ?? (await this.find(this.images[name], options))?.digest;
    if (digest === undefined) throw new Problem('hypervisor.image-missing', { logContext: { image: name } });
    return digest;
  }
}

type StatedBuild = Omit<ViewerBuild, 'isolation'>;

function buildOf({ digest, labels }: GuestImage): StatedBuild {
  if (labels[CONTRACT.versionLabel] !== CONTRACT.version) throw new Problem('viewers.not-a-viewer');
  const { network, resources, results } = readManifestLabel(labels[CONTRACT.manifestLabel]);
  return { imageDigest: digest, network, resources, results };
}
