import { randomBytes } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';
import type { Settings } from '@vitrine/kernel';

/** The nonce that this answer's policy allows for `<style>`. */
export const styleNonce = (response: Response): string => {
  const locals = response.locals as { styleNonce?: string };
  return (locals.styleNonce ??= randomBytes(16).toString('base64'));
};

/** What a page of ours may do: nothing that leads away from this server, and be framed by nobody. */
export function securityHeaders(settings: Pick<Settings, 'publicUrl'>): RequestHandler {
  const { protocol, host } = new URL(settings.publicUrl);
  const secure = protocol === 'https:';
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // Some browsers do not count WebSockets of the same host among 'self'.
        connectSrc: ["'self'", `${secure ? 'wss' : 'ws'}://${host}`],
        styleSrc: ["'self'", (_request, response) => `'nonce-${styleNonce(response as Response)}'`],
        ...(secure ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    strictTransportSecurity: secure ? { maxAge: 31_536_000 } : false,
    crossOriginEmbedderPolicy: false,
  });
}
