/**
 * The place of the stored files must not be used as it is set; trying again would not help. The message is one plain
 * sentence for the operator.
 */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
}
