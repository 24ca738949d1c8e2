import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AdmissionTest } from './admission-test.js';
import { GuacdImage } from './guacd-image.js';
import { ViewerAdmission } from './viewer-admission.js';
import { ViewerCatalogue } from './viewer-catalogue.js';
import { ViewerRegistrar } from './viewer-registrar.js';
import { Viewer } from './viewer.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([Viewer])],
  providers: [AdmissionTest, GuacdImage, ViewerAdmission, ViewerCatalogue, ViewerRegistrar],
  exports: [GuacdImage, ViewerAdmission, ViewerCatalogue, ViewerRegistrar],
})
export class ViewersModule {}
