import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { Clock, isProblem, Problem, withDeadline } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { SessionHost } from '@vitrine/session-host';
import { cycloneDx, readPackages } from './debian-packages.js';
import { ImagePackages } from './image-packages.entity.js';

const TAKE_MS = 30_000;

/** Knows what is installed in images. Nothing of an image is run for it. */
@Injectable()
export class ImageInventory {
  constructor(
    @InjectRepository(ImagePackages) private readonly rows: Repository<ImagePackages>,
    private readonly host: SessionHost,
    private readonly transactor: Transactor,
    private readonly clock: Clock,
  ) {}

  /** How many packages each of these images has, as far as that is known. */
  async counts(digests: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.rows.find({
      select: { digest: true, count: true },
      where: { digest: In([...digests]) },
    });
    return new Map(rows.map(({ digest, count }) => [digest, count]));
  }

  /** The image's bill of materials, taken now where it was not yet. Throws `viewers.no-packages`. */
  async of(digest: string): Promise<ImagePackages> {
    return (await this.rows.findOneBy({ digest })) ?? this.take(digest);
  }

  private async take(digest: string): Promise<ImagePackages> {
    const list = await withDeadline(TAKE_MS, 'hypervisor.unreachable', (signal) =>
      this.host.packages(digest, { signal }),
    ).catch((error: unknown) => {
      // A virtual machine is none of the engine's images.
      if (isProblem(error, 'hypervisor.image-missing')) return undefined;
      throw error;
    });
    const packages = readPackages(list?.toString('utf8') ?? '');
    if (packages.length === 0) throw new Problem('viewers.no-packages');
    const takenAt = this.clock.instant();
    const row = Object.assign(new ImagePackages(), {
      digest,
      count: packages.length,
      sbom: cycloneDx(digest, packages, takenAt),
      takenAt,
    });
    await this.transactor.run((manager) => manager.save(row));
    return row;
  }
}
