import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { RecordFile } from '@vitrine/records';
import { fitting, ViewerCatalogue, type Viewer } from '@vitrine/viewers';

/** Which viewers people are likely to open next. */
@Injectable()
export class WarmWishes {
  private readonly used = new Set<string>();

  constructor(
    @InjectRepository(RecordFile) private readonly files: Repository<RecordFile>,
    private readonly catalogue: ViewerCatalogue,
  ) {}

  note(viewerId: string): void {
    this.used.add(viewerId);
  }

  /**
   * The first choice for each kind of file that anybody has, and what was opened since the process started. None within
   * strong walls: there a record that is mounted after the start is never seen.
   */
  async viewers(): Promise<Viewer[]> {
    const offered = (await this.catalogue.all()).filter(({ state }) => state === 'offered');
    const formats = await this.files
      .createQueryBuilder('file')
      .select('DISTINCT file.format', 'format')
      .getRawMany<{ format: string }>();
    const first = new Set(formats.map(({ format }) => fitting(offered, [{ formats: [format] }])[0]?.id));
    return offered.filter(
      ({ id, isolation }) => isolation !== 'strong' && (first.has(id) || this.used.has(id)),
    );
  }
}
