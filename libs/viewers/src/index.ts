export {
  Viewer,
  type AdmissionReport,
  type ViewerNetwork,
  type ViewerResources,
  type ViewerState,
} from './viewer.entity.js';
