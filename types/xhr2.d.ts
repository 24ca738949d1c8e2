declare module 'xhr2' {
  /** XMLHttpRequest for Node. */
  const XMLHttpRequest: unknown;
  export default XMLHttpRequest;
}
