export type Shown<Visit> =
  | { readonly door: 'invited'; readonly secret: string }
  | { readonly door: 'view'; readonly visit: Visit }
  | { readonly door: 'earlier' };

/**
 * A link in the address comes before any older visit, also one that is just being looked at: whoever opens it may be
 * somebody else, whose name belongs over the picture.
 */
export function whatIsShown<Visit>(secret: string, visit: Visit | null): Shown<Visit> {
  if (secret !== '') return { door: 'invited', secret };
  return visit === null ? { door: 'earlier' } : { door: 'view', visit };
}
