import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AdmissionTest } from './admission-test.js';
import { GuacdImage } from './guacd-image.js';
import { ImageInventory } from './image-inventory.js';
import { ImagePackages } from './image-packages.entity.js';
import { ViewerAdmission } from './viewer-admission.js';
import { ViewerCatalogue } from './viewer-catalogue.js';
import { ViewerRegistrar } from './viewer-registrar.js';
import { Viewer } from './viewer.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([ImagePackages, Viewer])],
  providers: [AdmissionTest, GuacdImage, ImageInventory, ViewerAdmission, ViewerCatalogue, ViewerRegistrar],
  exports: [GuacdImage, ImageInventory, ViewerAdmission, ViewerCatalogue, ViewerRegistrar],
})
export class ViewersModule {}
