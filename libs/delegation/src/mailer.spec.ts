import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createLogger, readSettings } from '@vitrine/kernel';
import { LinkMail } from './link-mail.js';
import { mailerFrom } from './mailer.js';
import type { ShareLink } from './share-link.entity.js';

/** What a mail server was handed. */
interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const SECRET = 'aB3-_'.repeat(8) + 'xyz';
/** Longer than the 76 characters of a line on the way (RFC 2045 §6.7), as real links are. */
const URL = `https://records.radiology.university-hospital.example.org/visit#${SECRET}`;
const link = (facts: Partial<ShareLink> = {}) =>
  ({
    id: 'id-of-the-link',
    patientId: 'id-of-the-patient',
    itemIds: ['id-of-the-scan'],
    label: 'Dr Weber about my knee',
    recipientEmail: 'weber@example.org',
    expiresAt: '2026-02-01T09:30:00.000Z',
    passcodeHash: null,
    ...facts,
  }) as ShareLink;

describe('SmtpMailer, at a mail server', () => {
  let server: SMTPServer;
  let received: Received[];

  /** Listens on 127.0.0.1 and returns what of `VITRINE_SMTP_URL` comes after `smtp://`. */
  async function listen(options: SMTPServerOptions = {}): Promise<string> {
    received = [];
    server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          received.push({
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
            user: session.user as string | undefined,
            ...asRead(Buffer.concat(chunks).toString('latin1')),
          });
          done();
        });
      },
      ...options,
    });
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  }
  afterEach(async () => {
    jest.restoreAllMocks();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  const send = async (address: string, facts: Partial<ShareLink> = {}, name = 'Jane Doe') => {
    const settings = readSettings({
      VITRINE_SMTP_URL: `smtp://${address}`,
      VITRINE_MAIL_FROM: 'Vitrine <vitrine@example.org>',
    });
    return new LinkMail(await mailerFrom(settings), createLogger('test', 'silent')).send(
      link(facts),
      URL,
      name,
    );
  };

  it('hands over the letter: to whom, from whom, and the link in one piece', async () => {
    expect(await send(await listen())).toBe('sent');
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      from: 'vitrine@example.org',
      to: ['weber@example.org'],
      headers: {
        from: 'Vitrine <vitrine@example.org>',
        to: 'weber@example.org',
        subject: 'Jane Doe lets you look at their health record',
        'content-type': 'text/plain; charset=utf-8',
      },
    });
    expect(received[0]?.text.split('\n').filter((line) => line.includes('://'))).toEqual([URL]);
  });

  it('tells nothing of the patient but the name, in the text and in what goes with it', async () => {
    await send(await listen());
    expect(received[0]?.text).toBe(
      [
        'Hello,',
        '',
        'Jane Doe lets you look at something from their health record.',
        '',
        'Open this page in your browser:',
        URL,
        '',
        'It works until 2026-02-01 09:30 (UTC).',
        'You need no account and nothing is installed. Please do not forward this message.',
        '',
      ].join('\n'),
    );
    expect(Object.keys(received[0]?.headers ?? {}).sort()).toEqual([
      'content-transfer-encoding',
      'content-type',
      'date',
      'from',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
    expect(JSON.stringify(received)).not.toMatch(/id-of-the|knee/);
  });

  it('keeps the letters of a name', async () => {
    await send(await listen(), {}, 'Zoë Müller-Łuczak');
    expect(received[0]?.text).toContain('\nZoë Müller-Łuczak lets you look at something');
  });

  it('signs in where the operator’s address says so', async () => {
    const address = await listen({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _, done) =>
        password === 'teapot' ? done(null, { user: username }) : done(new Error('no')),
    });
    expect(await send(`house:teapot@${address}`)).toBe('sent');
    expect(received[0]?.user).toBe('house');
    expect(await send(`house:kettle@${address}`)).toBe('failed');
    expect(received).toHaveLength(1);
  });

  it('hands nothing to a server that offers encryption with a certificate that nobody vouches for', async () => {
    // The server says so of the certificate that it brings along.
    jest.spyOn(console, 'error').mockReturnValue();
    expect(await send(await listen({ disabledCommands: [] }))).toBe('failed');
    expect(received).toEqual([]);
  });

  it('says that it failed where the recipient is refused', async () => {
    const address = await listen({ onRcptTo: (_, __, done) => done(new Error('no such person')) });
    expect(await send(address)).toBe('failed');
    expect(received).toEqual([]);
  });

  it('says that it failed where nobody listens', async () => {
    const address = await listen();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(await send(address)).toBe('failed');
  });
});

/** A message as a mail program reads it: unfolded headers (RFC 5322 §2.2.3), quoted-printable undone (RFC 2045 §6.7). */
function asRead(raw: string): Pick<Received, 'headers' | 'text'> {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  let body = raw.slice(end + 4);
  if (headers['content-transfer-encoding'] === 'quoted-printable')
    body = body
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  return { headers, text: Buffer.from(body, 'latin1').toString('utf8').replace(/\r\n/g, '\n') };
}
