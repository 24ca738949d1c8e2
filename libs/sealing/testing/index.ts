import {
  checkpointKey,
  nextCheckpoint,
  Notary,
  publicKeyOf,
  type Checkpoint,
  type CheckpointClaim,
  type NotaryState,
} from '../src/index.js';

/** As the one of the session host, with nothing but memory. */
export class MemoryNotary extends Notary {
  last: Checkpoint | undefined;
  private readonly key;

  constructor(
    seed = 7,
    private readonly now = () => '2026-01-31T09:30:00.000Z',
  ) {
    super();
    this.key = checkpointKey(Buffer.alloc(32, seed));
  }

  override state(): Promise<NotaryState> {
    return Promise.resolve({ publicKey: publicKeyOf(this.key), last: this.last });
  }

  override sign(claim: CheckpointClaim): Promise<Checkpoint> {
    this.last = nextCheckpoint(this.key, this.last, claim, this.now());
    return Promise.resolve(this.last);
  }
}
