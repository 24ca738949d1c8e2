import type { Role } from '../api/types.js';

/** Which role a page is for; pages of no area are for everybody who is signed in. The server decides for itself. */
export type Area = 'patient' | 'provider' | 'admin' | 'studio' | 'everybody';

const PATIENT = ['/record', '/add', '/shares', '/looked', '/hospital', '/later', '/viewer'];

const isBelow = (path: string, start: string): boolean => path === start || path.startsWith(`${start}/`);

export function areaOf(path: string): Area {
  if (PATIENT.some((start) => isBelow(path, start))) return 'patient';
  if (isBelow(path, '/deposit') || isBelow(path, '/pacs')) return 'provider';
  if (isBelow(path, '/admin')) return 'admin';
  if (isBelow(path, '/studio')) return 'studio';
  return 'everybody';
}

export const mayEnter = (role: Role, area: Area): boolean =>
  area === 'everybody' || area === role || (area === 'studio' && (role === 'vendor' || role === 'admin'));

export const HOME = {
  patient: '/record',
  provider: '/deposit',
  vendor: '/studio',
  admin: '/admin/viewers',
} as const;
