import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '@vitrine/kernel';
import { Mailer } from './mailer.js';
import type { ShareLink } from './share-link.entity.js';

export type MailOutcome = 'sent' | 'failed' | 'not-configured' | 'not-asked';

/** Hands a link to its recipient by e-mail. What is in the record is not named: mail is read by many machines. */
@Injectable()
export class LinkMail {
  constructor(
    private readonly mailer: Mailer,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Never throws: the link is made already and can be handed over in another way. */
  async send(link: ShareLink, url: string, patientName: string): Promise<MailOutcome> {
    if (link.recipientEmail === null) return 'not-asked';
    if (!this.mailer.configured) return 'not-configured';
    try {
      await this.mailer.send({ to: link.recipientEmail, ...letter(link, url, patientName) });
      return 'sent';
    } catch (error) {
      this.logger.warn({ linkId: link.id, reason: (error as { code?: string }).code }, 'mail was not taken');
      return 'failed';
    }
  }
}

const letter = (link: ShareLink, url: string, patientName: string) => {
  // A name with a line break could otherwise add headers or paragraphs of its own.
  const name = patientName.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();
  const lines = [
    'Hello,',
    '',
    `${name} lets you look at something from their health record.`,
    '',
    'Open this page in your browser:',
    url,
    '',
    `It works until ${link.expiresAt.slice(0, 16).replace('T', ' ')} (UTC).`,
    ...(link.passcodeHash === null ? [] : [`You need a passcode, which ${name} tells you in another way.`]),
    'You need no account and nothing is installed. Please do not forward this message.',
  ];
  return { subject: `${name} lets you look at their health record`, text: `${lines.join('\n')}\n` };
};
