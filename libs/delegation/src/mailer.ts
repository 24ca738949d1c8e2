import type { Transporter } from 'nodemailer';
import type { Settings } from '@vitrine/kernel';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Sends mail, where the operator configured it. */
export abstract class Mailer {
  abstract readonly configured: boolean;
  /** Resolves when the server of the operator took it, which does not mean that it arrived. */
  abstract send(mail: Mail): Promise<void>;
}

export class NoMailer extends Mailer {
  override readonly configured = false;

  override send(): Promise<void> {
    return Promise.reject(new Error('No mail server is configured.'));
  }
}

const DEADLINE_MS = 10_000;

export class SmtpMailer extends Mailer {
  override readonly configured = true;

  constructor(
    private readonly transport: Transporter,
    private readonly from: string,
  ) {
    super();
  }

  override async send(mail: Mail): Promise<void> {
    await this.transport.sendMail({ ...mail, from: this.from });
  }
}

/** `VITRINE_SMTP_URL` decides; each step of the conversation has a deadline. */
export async function mailerFrom({ smtpUrl, mailFrom }: Settings): Promise<Mailer> {
  if (smtpUrl === undefined) return new NoMailer();
  // Loaded only where there is mail to send: a control plane without it starts sooner.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: DEADLINE_MS,
    greetingTimeout: DEADLINE_MS,
    socketTimeout: DEADLINE_MS,
  });
  return new SmtpMailer(transport, mailFrom);
}
