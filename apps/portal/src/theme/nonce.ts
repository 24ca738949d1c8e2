/** The nonce that the gateway put into the page: without it the browser refuses every style tag. */
export const styleNonce = (): string =>
  document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
