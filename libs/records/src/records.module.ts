import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { VaultModule } from '@vitrine/vault';
import { Deposit } from './deposit.entity.js';
import { ImageIndex } from './image-index.js';
import { ItemAssembler } from './item-assembler.js';
import { Originals } from './originals.js';
import { RecordFile } from './record-file.entity.js';
import { RecordIndexing } from './record-indexing.js';
import { RecordItem } from './record-item.entity.js';
import { RecordsService } from './records.service.js';
import { Scrub } from './scrub.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([RecordItem, RecordFile, Deposit]), VaultModule],
  providers: [RecordsService, ItemAssembler, Originals, ImageIndex, RecordIndexing, Scrub],
  exports: [RecordsService, ItemAssembler, Originals, ImageIndex],
})
export class RecordsModule {}
