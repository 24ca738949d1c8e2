import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Transactor } from '@vitrine/persistence';
import { refreshIndex, unindexed } from './record-index.js';
import { RecordItem } from './record-item.entity.js';

// Small enough that nobody who writes meanwhile has to wait long.
const BATCH = 50;

/** At start: gives every item that has none its row of the index, such as those that are older than the index. */
@Injectable()
export class RecordIndexing implements OnApplicationBootstrap {
  constructor(
    @InjectRepository(RecordItem) private readonly items: Repository<RecordItem>,
    private readonly transactor: Transactor,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (;;) {
      const missing = await unindexed(this.items, BATCH);
      if (missing.length === 0) return;
      await this.transactor.run((manager) =>
        refreshIndex(
          manager,
          missing.map(({ id }) => id),
        ),
      );
    }
  }
}
