export {
  Viewer,
  type AdmissionCheck,
  type AdmissionReport,
  type AdmissionUnderWay,
  type ViewerNetwork,
  type ViewerResources,
  type ViewerState,
} from './viewer.entity.js';
export { readManifest, readManifestLabel, type ViewerManifest } from './manifest.js';
export {
  CONTRACT,
  displayEndpoint,
  GUACD_LIMITS,
  guacdEndpoint,
  guacdGuestSpec,
  viewerGuestSpec,
  type ArrivingFile,
  type FolderPaths,
  type OpenFile,
  type ViewerBuild,
} from './image-contract.js';
export { recordMiB, ViewerFolder, type RecordContent } from './viewer-folder.js';
export { GuacdImage } from './guacd-image.js';
export { SHIPPED_IMAGES, shippedImages, type ShippedImages } from './shipped-images.js';
export { fitting, ViewerCatalogue, type Openable } from './viewer-catalogue.js';
export { ViewerRegistrar } from './viewer-registrar.js';
export { ViewersModule } from './viewers.module.js';
export { AdmissionTest, type AdmissionResult } from './admission-test.js';
export { ViewerAdmission } from './viewer-admission.js';
export { grabFrame } from './picture/grab-frame.js';
export { countColours, difference, type Picture } from './picture/picture.js';
