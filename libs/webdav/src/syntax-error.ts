/** A request that is not what RFC 4918 or XML says; answered with 400. */
export class WebdavSyntaxError extends Error {}
