import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AdmissionTest } from './admission-test.js';
import { GuacdImage } from './guacd-image.js';
import { SHIPPED_IMAGES, shippedImages } from './shipped-images.js';
import { ViewerAdmission } from './viewer-admission.js';
import { ViewerCatalogue } from './viewer-catalogue.js';
import { ViewerRegistrar } from './viewer-registrar.js';
import { Viewer } from './viewer.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([Viewer])],
  providers: [
    { provide: SHIPPED_IMAGES, useFactory: () => shippedImages() },
    AdmissionTest,
    GuacdImage,
    ViewerAdmission,
    ViewerCatalogue,
    ViewerRegistrar,
  ],
  exports: [SHIPPED_IMAGES, GuacdImage, ViewerAdmission, ViewerCatalogue, ViewerRegistrar],
})
export class ViewersModule {}
