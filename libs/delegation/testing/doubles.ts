import type { ItemOwnership, LiveConnections } from '../src/ports.js';

/** Items of patients, as a test lays them down. Nothing is owned until it is said. */
export class SomeItems implements ItemOwnership {
  private readonly owners = new Map<string, string>();

  give(patientId: string, ...itemIds: string[]): this {
    for (const id of itemIds) this.owners.set(id, patientId);
    return this;
  }

  owns(patientId: string, itemIds: readonly string[]): Promise<boolean> {
    return Promise.resolve(itemIds.every((id) => this.owners.get(id) === patientId));
  }
}

/** Remembers whom it was told to cut; `onCut` runs before the cut is confirmed. */
export class RecordingConnections implements LiveConnections {
  readonly cuts: string[][] = [];
  onCut: () => Promise<void> = () => Promise.resolve();

  async cut({ participantIds }: { readonly participantIds: readonly string[] }): Promise<void> {
    this.cuts.push([...participantIds]);
    await this.onCut();
  }
}
