import { isId } from '@vitrine/kernel';

/** Names from outside never become part of a path or a key: only ids that we made have this form. */
export function checkedId(id: string): string {
  if (!isId(id)) throw new TypeError('not an id of the vault');
  return id;
}
