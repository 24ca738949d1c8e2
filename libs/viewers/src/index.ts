export {
  leavesResults,
  Viewer,
  type AdmissionCheck,
  type AdmissionReport,
  type AdmissionUnderWay,
  type ResultsChoice,
  type ViewerOrigin,
  type ViewerState,
} from './viewer.entity.js';
export { ImageInventory } from './image-inventory.js';
export { ImagePackages } from './image-packages.entity.js';
export { GuacdImage } from './guacd-image.js';
export { fitting, ViewerCatalogue, type Openable } from './viewer-catalogue.js';
export { ViewerRegistrar } from './viewer-registrar.js';
export { ViewersModule } from './viewers.module.js';
export { AdmissionTest, type AdmissionResult } from './admission-test.js';
export { ViewerAdmission } from './viewer-admission.js';
export { grabFrame } from './picture/grab-frame.js';
export { countColours, difference, type Picture } from './picture/picture.js';
