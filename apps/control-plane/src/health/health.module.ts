import { Module } from '@nestjs/common';
import { DiskWatch } from './disk-watch.js';
import { HealthController } from './health.controller.js';

@Module({ controllers: [HealthController], providers: [DiskWatch] })
export class HealthModule {}
