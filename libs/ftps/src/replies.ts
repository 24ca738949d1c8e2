/** One answer on the control connection: a code (RFC 959 §4.2, RFC 4217 §12) and a sentence for whoever reads logs. */
export interface Reply {
  readonly code: number;
  readonly text: string;
  /** Lines between the first and the last. */
  readonly lines?: readonly string[];
}

const reply = (code: number, text: string, lines?: readonly string[]): Reply => ({
  code,
  text,
  ...(lines === undefined ? {} : { lines }),
});

const FEATURES = ['AUTH TLS', 'EPSV', 'PASV', 'PBSZ', 'PROT', 'TVFS', 'UTF8'];

export const REPLY = {
  dataComing: reply(150, 'Send the data.'),
  done: reply(200, 'Done.'),
  notNeeded: reply(202, 'Not needed here.'),
  features: reply(211, 'End', FEATURES),
  status: reply(211, 'Files are taken here, and none is shown.'),
  emptyStatus: reply(213, 'Nothing is shown here.'),
  help: reply(214, 'AUTH TLS, USER, PASS, PBSZ 0, PROT P, TYPE I, PASV or EPSV, MKD, CWD, STOR, QUIT.'),
  system: reply(215, 'UNIX Type: L8'),
  ready: reply(220, 'Vitrine. Begin with AUTH TLS.'),
  goodbye: reply(221, 'Goodbye.'),
  nothingToAbort: reply(226, 'Nothing is under way.'),
  listed: reply(226, 'Nothing is shown here.'),
  stored: reply(226, 'Stored.'),
  loggedIn: reply(230, 'Welcome.'),
  negotiate: reply(234, 'Begin the TLS handshake.'),
  folder: reply(250, 'Done.'),
  password: reply(331, 'The password, please.'),
  fromStart: reply(350, 'From the start.'),
  ending: reply(421, 'The server ends. Please try again later.'),
  tooMany: reply(421, 'Too many connections. Please try again later.'),
  tooManyTries: reply(421, 'Too many wrong passwords. Please try again later.'),
  tooSlow: reply(421, 'Nothing came for too long.'),
  tooLong: reply(421, 'A line that is too long, or too many at once.'),
  bug: reply(451, 'Something went wrong here. Nothing of this file was kept.'),
  noPort: reply(425, 'No port is free. Please try again later.'),
  noConnection: reply(425, 'The data connection did not come. Use PASV or EPSV first.'),
  noHandshake: reply(425, 'The TLS handshake of the data connection failed.'),
  cut: reply(426, 'The data connection broke off. Nothing of this file was kept.'),
  notReady: reply(431, 'TLS is not ready. Please try again later.'),
  unknown: reply(500, 'This is not a command.'),
  badArgument: reply(501, 'This does not make sense here.'),
  notOffered: reply(502, 'This is not offered.'),
  noActive: reply(502, 'The server opens no connections. Use PASV or EPSV.'),
  wrongOrder: reply(503, 'Not at this point.'),
  notThisKind: reply(504, 'Not this kind.'),
  needsPrivacy: reply(521, 'Send PBSZ 0 and PROT P first.'),
  otherProtocol: reply(522, 'Not this network protocol here.'),
  otherClient: reply(522, 'The data connection has to resume the TLS session of the control connection.'),
  needsTls: reply(530, 'Begin with AUTH TLS. Nothing is taken in the clear.'),
  needsLogin: reply(530, 'Log in first.'),
  wrongPassword: reply(530, 'Wrong user name or password.'),
  ended: reply(530, 'This account was ended.'),
  staysPrivate: reply(533, 'What was begun with TLS stays in TLS.'),
  onlyPrivate: reply(536, 'Only PROT P.'),
  onlyBinary: reply(550, 'Send TYPE I first. Files are kept as they are.'),
  writeOnly: reply(550, 'Files are only taken here. None is shown, changed or removed.'),
  badName: reply(553, 'This name is too long or no name.'),
} as const satisfies Readonly<Record<string, Reply>>;

/** As it goes over the wire (RFC 959 §4.2). */
export function replyBytes({ code, text, lines = [] }: Reply): Buffer {
  const first = lines.length === 0 ? '' : `${code}-Features\r\n`;
  return Buffer.from(`${first}${lines.map((line) => ` ${line}\r\n`).join('')}${code} ${text}\r\n`);
}
