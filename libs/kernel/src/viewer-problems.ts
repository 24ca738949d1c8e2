import { row, type ProblemRow } from './problem-row.js';

/** The rows of the catalogue of viewers. */
export const VIEWER_PROBLEMS = {
  'viewers.unknown': row(404, 4404, 'never', 'caller', 'There is no such viewer.'),
  'viewers.not-offered': row(409, 4409, 'never', 'caller', 'This viewer is not offered at the moment.'),
  'viewers.cannot-open': row(
    422,
    4422,
    'never',
    'caller',
    'This viewer cannot open what was chosen. Please choose another one.',
  ),
  'viewers.not-ready': row(
    503,
    1013,
    'later',
    'us',
    'The viewer for this is not ready yet. Your record is safe. Please try again in a few minutes.',
  ),
  'viewers.not-a-viewer': row(
    422,
    4422,
    'never',
    'caller',
    'This image cannot be used as a viewer. See the image contract in the documentation.',
  ),
  'viewers.no-results': row(
    409,
    4409,
    'never',
    'caller',
    'This viewer cannot save anything: its image does not state “results”.',
  ),
  'viewers.admission-failed': row(
    422,
    4422,
    'never',
    'caller',
    'This viewer did not pass its test, so it is not offered.',
  ),
  'viewers.egress-invalid': row(
    422,
    4422,
    'never',
    'caller',
    'A viewer may speak with up to eight computers, each by its full name, for example tools.example.org. Addresses in numbers and names with a star are not possible.',
  ),
  'viewers.id-taken': row(
    409,
    4409,
    'never',
    'caller',
    'There is a viewer of this name and version already. Choose another version.',
  ),
  'viewers.not-approved': row(409, 4409, 'never', 'caller', 'This viewer does not wait for an approval.'),
  'viewers.no-base': row(409, 4409, 'never', 'caller', 'This viewer cannot be built on.'),
  'viewers.no-packages': row(
    404,
    4404,
    'never',
    'caller',
    'This image does not say what is installed in it.',
  ),
  'viewers.egress-walls': row(
    409,
    4409,
    'never',
    'caller',
    'Only a viewer within standard walls may speak with other computers.',
  ),
} as const satisfies Record<string, ProblemRow>;
