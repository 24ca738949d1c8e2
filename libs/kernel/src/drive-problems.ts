import { row, type ProblemRow } from './problem-row.js';

/** The rows of the network drive, with the statuses of RFC 4918. */
export const DRIVE_PROBLEMS = {
  'drive.no-such-folder': row(
    409,
    4409,
    'never',
    'caller',
    'The folder that this should go into does not exist. Make it first.',
  ),
  'drive.exists': row(405, 4405, 'never', 'caller', 'There is something of this name already.'),
  'drive.not-possible': row(405, 4405, 'never', 'caller', 'This cannot be done here.'),
  'drive.look-only': row(403, 4403, 'never', 'caller', 'This app password may look and change nothing.'),
  'drive.read-only': row(
    403,
    4403,
    'never',
    'caller',
    'Nothing can be changed here. Put files into “Drive”.',
  ),
  'drive.not-here': row(403, 4403, 'never', 'caller', 'This cannot be put there.'),
  'drive.too-deep': row(
    403,
    4403,
    'never',
    'caller',
    'Folders are listed one by one and not with everything in them.',
  ),
  'drive.body-refused': row(415, 4415, 'never', 'caller', 'A new folder is made without any content.'),
  'drive.precondition': row(
    412,
    4412,
    'never',
    'caller',
    'This is not as it was when the program looked last, so nothing was changed.',
  ),
  'drive.locked': row(
    423,
    4423,
    'later',
    'caller',
    'Another program is working on this. Please try again when it has finished.',
  ),
  'drive.no-such-lock': row(409, 4409, 'never', 'caller', 'This is not locked in that way any more.'),
} as const satisfies Record<string, ProblemRow>;
