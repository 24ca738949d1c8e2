export { DimseServer, type DimseServerOptions } from './dimse-server.js';
export { ASSOCIATION_LIMITS, type AssociationLimits, type Ending } from './association.js';
export {
  STATUS,
  StatusError,
  type AnnouncedObject,
  type Destination,
  type DimseService,
  type Match,
  type ObjectSink,
  type OutgoingObject,
  type Peer,
  type PinnedTls,
  type Proposal,
  type Query,
  type Reader,
  type Terms,
  type Visit,
} from './dimse-service.js';
export type { AssociateRequest } from './associate-request.js';
export { REJECTION, type Rejection } from './pdu-writer.js';
export { part10Header, type FileMeta } from './part10-header.js';
export { isStorageClass, QUERY_CLASSES, type QueryOperation } from './sop-classes.js';
