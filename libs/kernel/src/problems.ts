/** Who has to act: the person who asked, a part that we depend on, or we ourselves. */
export type Blame = 'caller' | 'upstream' | 'us';

/** One row of the error table. Shape after the status table of Apache Guacamole: one code, every protocol. */
export interface ProblemRow {
  /** HTTP status (RFC 9110). */
  readonly http: number;
  /** WebSocket close code (RFC 6455 §7.4, 4000-4999 private use). */
  readonly ws: number;
  readonly retry: 'never' | 'later';
  readonly blame: Blame;
  /** What happened, what was kept, what to do next: one or two sentences that a patient can read. */
  readonly message: string;
}

const row = (
  http: number,
  ws: number,
  retry: ProblemRow['retry'],
  blame: Blame,
  message: string,
): ProblemRow => ({
  http,
  ws,
  retry,
  blame,
  message,
});

/**
 * Every failure that a person can meet. The code is `<lib>.<condition>`; it is bounded and so also the label of
 * metrics. A failure that has no row here is a bug and is answered as `kernel.unexpected`.
 */
export const PROBLEMS = {
  'kernel.unexpected': row(
    500,
    1011,
    'later',
    'us',
    'Something went wrong on our side. Nothing was lost. Please try again.',
  ),
  'kernel.invalid': row(
    400,
    4400,
    'never',
    'caller',
    'Some of what was sent cannot be used. Please check it and try again.',
  ),
  'kernel.too-many-requests': row(
    429,
    4429,
    'later',
    'caller',
    'That was tried too often. Please wait a minute and try again.',
  ),
  'kernel.not-found': row(404, 4404, 'never', 'caller', 'This page does not exist.'),
  'kernel.busy': row(
    503,
    1013,
    'later',
    'us',
    'The server is busy. Nothing was lost. Please try again in a moment.',
  ),

  'identity.not-signed-in': row(401, 4401, 'never', 'caller', 'Please sign in first.'),
  'identity.wrong-credentials': row(
    401,
    4401,
    'never',
    'caller',
    'The e-mail address or the password is not right.',
  ),
  'identity.locked': row(
    429,
    4429,
    'later',
    'caller',
    'There were too many wrong passwords. Please wait 15 minutes and try again.',
  ),
  'identity.email-taken': row(
    409,
    4409,
    'never',
    'caller',
    'There already is an account with this e-mail address. Sign in instead.',
  ),
  'identity.weak-password': row(
    422,
    4422,
    'never',
    'caller',
    'This password is too easy to guess. Use at least 10 characters, for example three words.',
  ),
  'identity.password-must-change': row(
    403,
    4403,
    'never',
    'caller',
    'This password was made for you by somebody else. Please choose your own first.',
  ),
  'identity.not-allowed': row(403, 4403, 'never', 'caller', 'Your account cannot do this.'),
  'identity.forged-request': row(
    403,
    4403,
    'never',
    'caller',
    'This request did not come from this site. Reload the page and try again.',
  ),

  'delegation.not-visible': row(404, 4404, 'never', 'caller', 'This is not here, or it is not yours to see.'),
  'delegation.link-unknown': row(
    404,
    4404,
    'never',
    'caller',
    'This link does not work. Ask the person who sent it for a new one.',
  ),
  'delegation.link-expired': row(
    410,
    4410,
    'never',
    'caller',
    'This link has expired. Ask the person who sent it for a new one.',
  ),
  'delegation.link-used-up': row(
    410,
    4410,
    'never',
    'caller',
    'This link was already used as often as it may be. Ask the person who sent it for a new one.',
  ),
  'delegation.link-revoked': row(
    410,
    4410,
    'never',
    'caller',
    'This link was ended by the person who sent it.',
  ),
  'delegation.wrong-passcode': row(403, 4403, 'never', 'caller', 'The passcode is not right.'),
  'delegation.passcode-locked': row(
    410,
    4410,
    'never',
    'caller',
    'The passcode was wrong too often, so this link is closed. Ask the person who sent it for a new one.',
  ),
  'delegation.visit-over': row(
    401,
    4401,
    'never',
    'caller',
    'This visit is over. Open the link again, or ask the person who sent it for a new one.',
  ),
  'delegation.cut-unconfirmed': row(
    504,
    1011,
    'later',
    'us',
    'The link was ended, but we could not confirm that every picture is closed. Please end it again.',
  ),
  'delegation.deposit-code-unusable': row(
    404,
    4404,
    'never',
    'caller',
    'This deposit code does not work. It may have expired. Ask the patient for a new one.',
  ),
  'delegation.token-refused': row(
    401,
    4401,
    'never',
    'caller',
    'This access token does not work. It may have expired or been ended. Ask for a new one.',
  ),
  'delegation.token-scope': row(
    403,
    4403,
    'never',
    'caller',
    'This access token is not for this: one kind sends images, the other reads them.',
  ),

  'vault.disk-full': row(
    507,
    1013,
    'later',
    'us',
    'The server has no room left. What was already stored is safe. Please tell the operator and try again later.',
  ),
  'vault.quota-exceeded': row(
    507,
    4507,
    'never',
    'caller',
    'Your record has no room left for this. What is already in it is safe.',
  ),
  'vault.damaged': row(
    500,
    1011,
    'never',
    'us',
    'A stored file is damaged and was not opened. Please tell the operator.',
  ),

  'exchange.unknown-format': row(
    415,
    4415,
    'never',
    'caller',
    'We do not know what kind of file this is, so it was not added.',
  ),
  'exchange.not-dicom': row(
    415,
    4415,
    'never',
    'caller',
    'This is not DICOM. Only DICOM is taken in this way, so it was not added.',
  ),
  'exchange.other-study': row(
    409,
    4409,
    'never',
    'caller',
    'This image belongs to another examination than the address says, so it was not added.',
  ),
  'exchange.not-acceptable': row(
    406,
    4406,
    'never',
    'caller',
    'This is not kept in any of the forms that were asked for.',
  ),
  'exchange.incomplete': row(
    422,
    4422,
    'never',
    'caller',
    'This file is incomplete, so it was not added. Please copy it again from where it came.',
  ),
  'exchange.truncated-dicom': row(
    422,
    4422,
    'never',
    'caller',
    'This image file is incomplete, so it was not added. Please copy it again from where it came.',
  ),
  'exchange.damaged-dicom': row(
    422,
    4422,
    'never',
    'caller',
    'This image file is damaged, so it was not added.',
  ),
  'exchange.unsafe-archive': row(
    422,
    4422,
    'never',
    'caller',
    'This ZIP file has entries that point outside of it, so those were not unpacked.',
  ),
  'exchange.archive-bomb': row(
    422,
    4422,
    'never',
    'caller',
    'This ZIP file unpacks to far more than it should, so it was not added.',
  ),
  'exchange.damaged-archive': row(
    422,
    4422,
    'never',
    'caller',
    'This ZIP file is damaged or incomplete. Please copy it again from where it came.',
  ),
  'exchange.encrypted-archive': row(
    422,
    4422,
    'never',
    'caller',
    'This ZIP file is locked with a password. Please unlock it first and add it again.',
  ),
  'exchange.took-too-long': row(
    422,
    4422,
    'never',
    'caller',
    'This file took too long to read, so it was not added.',
  ),
  'exchange.too-large': row(413, 4413, 'never', 'caller', 'This file is larger than what can be added.'),
  'exchange.nothing-usable': row(422, 4422, 'never', 'caller', 'There was nothing in it that can be shown.'),
  'exchange.mismatch-unconfirmed': row(
    409,
    4409,
    'never',
    'caller',
    'The name or the birth date in these images is not yours. Please confirm that they are really about you.',
  ),

  'hypervisor.unreachable': row(
    503,
    1013,
    'later',
    'upstream',
    'The viewers cannot be started at the moment. Your record is safe. Please try again in a few minutes.',
  ),
  'hypervisor.image-missing': row(
    503,
    1011,
    'never',
    'us',
    'This viewer is not installed on the server. Please choose another one or tell the operator.',
  ),
  'hypervisor.start-failed': row(
    502,
    1011,
    'later',
    'upstream',
    'The viewer could not be started. Your record is safe. Please try again.',
  ),
  'hypervisor.took-too-long': row(
    504,
    1011,
    'later',
    'upstream',
    'The viewer took too long to start and was stopped. Please try again.',
  ),
  'hypervisor.not-answering': row(
    502,
    1011,
    'later',
    'upstream',
    'The viewer does not answer at the moment. Your record is safe. Please try again.',
  ),
  'hypervisor.unsafe-endpoint': row(
    502,
    1011,
    'never',
    'upstream',
    'The viewer behaved in a way that is not allowed and was stopped.',
  ),

  'viewers.unknown': row(404, 4404, 'never', 'caller', 'There is no such viewer.'),
  'viewers.not-offered': row(409, 4409, 'never', 'caller', 'This viewer is not offered at the moment.'),
  'viewers.cannot-open': row(
    422,
    4422,
    'never',
    'caller',
    'This viewer cannot open what was chosen. Please choose another one.',
  ),
  'viewers.not-a-viewer': row(
    422,
    4422,
    'never',
    'caller',
    'This image cannot be used as a viewer. See the image contract in the documentation.',
  ),
  'viewers.admission-failed': row(
    422,
    4422,
    'never',
    'caller',
    'This viewer did not pass its test, so it is not offered.',
  ),

  'sessions.limit-reached': row(
    409,
    4409,
    'never',
    'caller',
    'You already have as many viewers open as you may. Close one of them first.',
  ),
  'sessions.host-full': row(
    503,
    1013,
    'later',
    'us',
    'All viewers are in use at the moment. Please try again in a few minutes.',
  ),
  'sessions.ended': row(410, 4410, 'never', 'caller', 'This viewer has been closed.'),
  'sessions.not-ready': row(409, 4409, 'later', 'caller', 'The viewer is still starting.'),
  'sessions.viewer-crashed': row(
    502,
    1011,
    'later',
    'upstream',
    'The viewer stopped unexpectedly. Your record is safe. Please open it again.',
  ),
  'sessions.display-lost': row(
    502,
    1011,
    'later',
    'upstream',
    'The connection to the picture was lost. It is being restored.',
  ),
  'sessions.ticket-refused': row(
    401,
    4401,
    'never',
    'caller',
    'This view can no longer be opened. Please reload the page.',
  ),
  'sessions.cut-off': row(403, 4403, 'never', 'caller', 'The person who invited you has ended this view.'),
  'sessions.time-up': row(410, 4408, 'never', 'caller', 'The time for this view is over.'),
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;
