export {
  readLockinfo,
  readPropfind,
  readProppatch,
  type LockDemand,
  type PropertyChange,
  type PropertyQuery,
} from './bodies.js';
export { readDepth, readLockToken, readOverwrite, readTimeout, type Depth } from './headers.js';
export { readIf, type IfCondition, type IfList } from './if-header.js';
export {
  activeLock,
  davProperty,
  errorAnswer,
  lockAnswer,
  MULTISTATUS_END,
  MULTISTATUS_START,
  MULTISTATUS_TYPE,
  responseElement,
  SUPPORTED_LOCKS,
  type PropStat,
  type ShownLock,
} from './multistatus.js';
export { hrefOf, readPath } from './path.js';
export { WebdavSyntaxError } from './syntax-error.js';
export { DAV, emptyElement, isDav, parseXml, type XmlElement, type XmlName } from './xml.js';
