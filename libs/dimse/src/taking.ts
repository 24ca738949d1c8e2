import { STATUS, StatusError, type ObjectSink } from './dimse-service.js';
import type { MessageReceiver } from './message-reader.js';

/** One object on its way in. After a refusal the rest of the data set is read and thrown away, then answered. */
export class Taking implements MessageReceiver {
  private sink: ObjectSink | undefined;
  private refusal: StatusError | undefined;

  constructor(
    private readonly begin: () => Promise<ObjectSink>,
    private readonly respond: (status: number, comment?: string) => Promise<void>,
  ) {}

  async open(): Promise<void> {
    this.sink = await this.guard(async () => this.begin());
  }

  async write(fragment: Buffer): Promise<void> {
    const { sink } = this;
    if (sink === undefined) return;
    await this.guard(() => sink.write(fragment));
    if (this.refusal !== undefined) await this.abandon();
  }

  async end(): Promise<void> {
    const { sink } = this;
    if (sink !== undefined) {
      await this.guard(() => sink.finish());
      this.sink = undefined;
    }
    if (this.refusal === undefined) await this.respond(STATUS.success);
    else await this.respond(this.refusal.status, this.refusal.message);
  }

  async abandon(): Promise<void> {
    const { sink } = this;
    this.sink = undefined;
    await sink?.discard();
  }

  private async guard<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.refusal = error;
      return undefined;
    }
  }
}
