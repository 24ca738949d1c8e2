import { parseCookie, stringifySetCookie } from 'cookie';
import type { Request, Response } from 'express';
import type { Settings } from '@vitrine/kernel';

export const SIGN_IN_COOKIE = 'vitrine_sign_in';
export const VISIT_COOKIE = 'vitrine_visit';

/** The value of a cookie, or undefined; one that is longer than any of ours is not looked at. */
export const readCookie = (request: Pick<Request, 'headers'>, name: string): string | undefined => {
  const value = parseCookie(request.headers.cookie ?? '')[name];
  return value !== undefined && value.length > 0 && value.length <= 128 ? value : undefined;
};

/**
 * Sets a cookie that scripts cannot read and that other sites cannot send. Without `expiresAt` it is removed.
 * `Secure` follows the public URL, because a browser drops such a cookie that came over plain HTTP.
 */
export function writeCookie(
  response: Response,
  settings: Settings,
  name: string,
  value: string,
  expiresAt?: string,
): void {
  response.append(
    'Set-Cookie',
    stringifySetCookie(name, value, {
      httpOnly: true,
      sameSite: 'strict',
      path: '/',
      secure: settings.publicUrl.startsWith('https:'),
      expires: expiresAt === undefined ? new Date(0) : new Date(expiresAt),
    }),
  );
}
