import { describe, expect, it } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { createLogger } from '@vitrine/kernel';
import { LinkMail } from './link-mail.js';
import { Mailer, NoMailer, SmtpMailer, type Mail } from './mailer.js';
import type { ShareLink } from './share-link.entity.js';

const link = (facts: Partial<ShareLink> = {}) =>
  ({
    id: 'link',
    recipientEmail: 'weber@example.org',
    expiresAt: '2026-02-01T09:30:00.000Z',
    passcodeHash: null,
    ...facts,
  }) as ShareLink;
const URL = 'https://vitrine.test/visit#secret-of-the-link';
const logger = createLogger('test', 'silent');

class BrokenMailer extends Mailer {
  override readonly configured = true;

  override send(): Promise<void> {
    return Promise.reject(new Error('connection refused'));
  }
}

class KeepingMailer extends Mailer {
  override readonly configured = true;
  readonly mails: Mail[] = [];

  override send(mail: Mail): Promise<void> {
    this.mails.push(mail);
    return Promise.resolve();
  }
}

describe('LinkMail', () => {
  it('writes a letter that a mail server takes, with the whole link on one line', async () => {
    const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
    const sent: string[] = [];
    transport.use('stream', (mail, done) => {
      mail.message.build((error, message) => {
        // Long lines are broken for the way and joined again by whoever reads (RFC 2045 §6.7).
        sent.push(String(message).replace(/=\r?\n/g, ''));
        done(error);
      });
    });
    const mailer = new SmtpMailer(transport, 'vitrine@example.org');
    expect(await new LinkMail(mailer, logger).send(link(), URL, 'Jane Doe')).toBe('sent');
    expect(sent[0]).toContain('From: vitrine@example.org');
    expect(sent[0]).toContain('To: weber@example.org');
    expect(sent[0]).toContain('Subject: Jane Doe lets you look at their health record');
    expect(sent[0]).toContain(`\n${URL}\n`);
    expect(sent[0]).toContain('until 2026-02-01 09:30 (UTC)');
  });

  it('lets a name add neither headers nor recipients, and sends no passcode along', async () => {
    const mailer = new KeepingMailer();
    await new LinkMail(mailer, logger).send(
      link({ passcodeHash: 'hash' }),
      URL,
      'Jane\r\nBcc: all@example.org',
    );
    const [mail] = mailer.mails;
    expect(mail?.subject).toBe('Jane Bcc: all@example.org lets you look at their health record');
    expect(mail?.text).toContain('tells you in another way');
  });

  it.each([
    ['not-asked', new KeepingMailer(), null],
    ['not-configured', new NoMailer(), 'weber@example.org'],
    ['failed', new BrokenMailer(), 'weber@example.org'],
  ] as const)('says %s and never fails the link', async (outcome, mailer, recipientEmail) => {
    expect(await new LinkMail(mailer, logger).send(link({ recipientEmail }), URL, 'Jane')).toBe(outcome);
  });
});
