export {
  Drive,
  Program,
  Public,
  Roles,
  SignedIn,
  Visitor,
  ROUTE_ACCESS,
  type RouteAccess,
} from './access.decorators.js';
export {
  Address,
  CookieSecret,
  CurrentAccount,
  CurrentPatient,
  CurrentProgram,
  CurrentSignIn,
  CurrentVisitor,
  type Caller,
  type CallerRequest,
} from './caller.js';
export { readCookie, SIGN_IN_COOKIE, VISIT_COOKIE, writeCookie } from './cookies.js';
export { WithoutRequestHeader } from './csrf.guard.js';
export { HttpModule } from './http.module.js';
export { prepareHttp } from './prepare-http.js';
export { CalendarDate, Id, Ids, ListedIds, PlainText, ViewerId, WholeNumber } from './fields.js';
export { ProblemDto } from './problem.dto.js';
export { RateLimited } from './rate-limit.js';
export { sseStream, type SendEvent, type SseOptions } from './sse.js';
