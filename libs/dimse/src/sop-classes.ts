export const VERIFICATION = '1.2.840.10008.1.1';

export type QueryOperation = 'find' | 'get' | 'move';

/** Query/Retrieve SOP classes (PS3.4 §C.6): what each of them does, and where its hierarchy begins. */
export const QUERY_CLASSES: ReadonlyMap<
  string,
  { readonly root: 'patient' | 'study'; readonly operation: QueryOperation }
> = new Map(
  (['patient', 'study'] as const).flatMap((root, at) =>
    (['find', 'move', 'get'] as const).map(
      (operation, index) => [`1.2.840.10008.5.1.4.1.2.${at + 1}.${index + 1}`, { root, operation }] as const,
    ),
  ),
);

const STANDARD = '1.2.840.10008.';
/** Storage SOP classes of PS3.4 §B.5: one branch, and a few that were put elsewhere. */
const STORAGE_BRANCH = '1.2.840.10008.5.1.4.1.1.';
const STORAGE_ELSEWHERE = new Set([
  '1.2.840.10008.5.1.4.34.7',
  '1.2.840.10008.5.1.4.34.10',
  '1.2.840.10008.5.1.4.43.1',
  '1.2.840.10008.5.1.4.44.1',
  '1.2.840.10008.5.1.4.45.1',
]);

/**
 * True for a class whose objects can be stored. Manufacturers have storage classes of their own, under their own
 * roots; nothing else is ever proposed there by who wants to store, so those are taken too.
 */
export const isStorageClass = (uid: string): boolean =>
  uid !== '' && (uid.startsWith(STORAGE_BRANCH) || STORAGE_ELSEWHERE.has(uid) || !uid.startsWith(STANDARD));
