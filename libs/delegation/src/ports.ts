/** Answers whether items belong to a patient's record, so that this lib need not know records. */
export interface ItemOwnership {
  /** True when every one of them is a kept item of this patient. */
  owns(patientId: string, itemIds: readonly string[]): Promise<boolean>;
}
export const ITEM_OWNERSHIP = Symbol('ItemOwnership');

/** Reaches the displays that are open now, wherever they run. */
export interface LiveConnections {
  /**
   * Closes every open and every just opening display of these participants (account ids or grant ids). Resolves
   * after the last one is closed; joins that come later are refused by their grant already.
   */
  cut(who: { readonly participantIds: readonly string[] }): Promise<unknown>;
}
export const LIVE_CONNECTIONS = Symbol('LiveConnections');
