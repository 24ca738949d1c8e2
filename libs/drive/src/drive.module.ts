import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { VaultModule } from '@vitrine/vault';
import { DriveLock } from './drive-lock.entity.js';
import { DriveNode } from './drive-node.entity.js';
import { DriveNotes } from './drive-notes.service.js';
import { DriveProperty } from './drive-property.entity.js';
import { DriveTransfer } from './drive-transfer.service.js';
import { DriveService } from './drive.service.js';
import { WaitingFiles } from './waiting-files.js';

@Module({
  imports: [TypeOrmModule.forFeature([DriveNode, DriveProperty, DriveLock]), VaultModule],
  providers: [DriveService, DriveNotes, DriveTransfer, WaitingFiles],
  exports: [DriveService, DriveNotes, DriveTransfer, WaitingFiles],
})
export class DriveModule {}
