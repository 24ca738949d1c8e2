export {
  SessionHost,
  VIEWER_WORDS,
  type BuildBase,
  type FrozenImage,
  type GuestWish,
  type HostListing,
  type HostMemory,
  type NewImage,
  type PictureJob,
  type PlacedObject,
  type RecordClaim,
  type RegisteredImage,
  type SealedObject,
  type SessionGuest,
  type SessionMemory,
  type SessionRole,
  type ViewerWord,
} from './session-host.js';
export { SessionHostModule } from './session-host.module.js';
export {
  digestOfBlobs,
  PermitIssuer,
  PermitSigner,
  type BuildPermit,
  type SessionPermit,
} from './permits.js';
export { egressText, MOST_EGRESS_TARGETS, readEgressTarget, type EgressTarget } from './egress-target.js';
export {
  checkpointPath,
  controlKeyPath,
  handControlKey,
  hostKeysFrom,
  hostSocketPath,
  openHostSecret,
  readControlKey,
  type HostKeys,
} from './host-keys.js';
export {
  candidateDisplay,
  CONTRACT,
  displayEndpoint,
  GUACD_LIMITS,
  GUACD_USUAL_MIB,
  guacdEndpoint,
  guacdGuestSpec,
  viewerGuestSpec,
  type ArrivingFile,
  type FolderPaths,
  type OpenFile,
  type ViewerBuild,
  type ViewerNetwork,
  type ViewerResources,
} from './image-contract.js';
export { commandOf, readManifest, readManifestLabel, type ViewerManifest } from './manifest.js';
export {
  LARGEST_PICTURE_INPUT,
  LARGEST_SIDE,
  LONGEST_PICTURE_HEADER,
  pictureBytes,
  THUMBNAIL_SIDE,
} from './pictures.js';
export { SHIPPED_IMAGES, shippedImages, type ShippedImages } from './shipped-images.js';
export { BUILD_LIMITS } from './local/builds.js';
export { RESULTS } from './results.js';
export { recordMiB, type RecordContent } from './viewer-folder.js';
export { openSessionHost, type OpenedHost, type OpenHostOptions } from './local/open-session-host.js';
export { FileNotary } from './local/file-notary.js';
export { forgetSigned, readNotary } from './read-notary.js';
export { ImageRegister } from './local/image-register.js';
export { RecordCopier, SealedRecordCopier } from './local/record-copier.js';
export { HostServer, type HostServerOptions } from './protocol/host-server.js';
export { RemoteSessionHost } from './protocol/remote-session-host.js';
