/** So much of an upload is sent first. */
export const FIRST_PART_BYTES = 70_000;

/** One request to the network drive: method, path, and where to, below `Drive`. */
export interface DriveAct {
  readonly what: readonly [method: 'PUT' | 'MKCOL' | 'MOVE' | 'DELETE', from: string, to?: string];
  /** SHA-256 of what is put. */
  readonly digest?: string;
}

/** What `serve-until-killed.ts` says. */
export type Said =
  | {
      readonly door: 'open';
      readonly password: string;
      readonly accountId: string;
      readonly patientId: string;
    }
  /** Part of a file was acknowledged. */
  | {
      readonly door: 'upload';
      readonly state: 'partial';
      readonly importId: string;
      readonly path: string;
      /** The whole file, base64. */
      readonly bytes: string;
      readonly takenOn: string | null;
    }
  /** All of a file was acknowledged; and then, that the import is complete. */
  | {
      readonly door: 'upload';
      readonly state: 'whole' | 'finished';
      readonly importId: string;
      readonly digest: string;
      readonly takenOn: string | null;
    }
  /** Somebody with the export of another record: how far they have come. `digests` are all that it holds. */
  | {
      readonly door: 'life';
      readonly about: 'sent' | 'imported' | 'to-remove' | 'removed' | 'to-leave' | 'left';
      readonly patientId: string;
      /** The study that is removed. */
      readonly itemId: string;
      readonly digests: readonly string[];
    }
  /** What a provider brought by the portal with a patient's code: how far it has come. */
  | {
      readonly door: 'deposit';
      readonly about: 'finished' | 'to-accept' | 'accepted';
      readonly importId: string;
      readonly digest: string;
    }
  /** A store request (STOW-RS) was answered with success for all of these. */
  | { readonly door: 'stow'; readonly digests: readonly string[] }
  | { readonly door: 'drive'; readonly about: 'to' | 'done'; readonly act: DriveAct };

/** What `share-until-killed.ts` says of the link with this id. */
export interface SharingSaid {
  readonly act: 'link.made' | 'link.opened' | 'link.revoked';
  readonly id: string;
}
