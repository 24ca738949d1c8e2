import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '@vitrine/kernel';
import { LiveConnections } from '@vitrine/sessions';

/** The displays that one account has open, in whichever browser. */
@Injectable()
export class OwnDisplays {
  constructor(
    private readonly connections: LiveConnections,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Closes them after a sign-in has ended. A browser that is still signed in gets a new ticket and goes on within a
   * moment; the one that was signed out does not.
   */
  async closeOf(accountId: string): Promise<void> {
    try {
      await this.connections.cut({ participantIds: [accountId], reason: 'sessions.display-lost' });
    } catch (error) {
      // The sign-in is over all the same; its displays end with their session at the latest.
      this.logger.warn({ accountId, err: error }, 'displays of an ended sign-in may still be open');
    }
  }
}
