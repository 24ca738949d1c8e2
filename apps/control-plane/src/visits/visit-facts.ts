import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import type { Control, ShareLink } from '@vitrine/delegation';
import { Patient } from '@vitrine/identity';
import { RecordItem } from '@vitrine/records';

export interface LinkFacts {
  readonly patientName: string;
  readonly titles: string[];
  readonly control: Control;
  readonly watermark: boolean;
  readonly expiresAt: string;
}

/** What somebody with the link may know of it. */
@Injectable()
export class VisitFacts {
  constructor(
    @InjectRepository(Patient) private readonly patients: Repository<Patient>,
    @InjectRepository(RecordItem) private readonly items: Repository<RecordItem>,
  ) {}

  async of(link: ShareLink): Promise<LinkFacts> {
    const [patient, items] = await Promise.all([
      this.patients.findOneBy({ id: link.patientId }),
      this.items.find({
        where: { id: In(link.itemIds), patientId: link.patientId },
        select: { id: true, title: true },
      }),
    ]);
    const titles = new Map(items.map(({ id, title }) => [id, title]));
    return {
      patientName: patient?.name ?? '',
      titles: link.itemIds.map((id) => titles.get(id)).filter((title) => title !== undefined),
      control: link.control,
      watermark: link.watermark,
      expiresAt: link.expiresAt,
    };
  }
}
