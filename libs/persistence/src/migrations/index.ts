import { Initial1767225600000 } from './0001-initial.js';
import { SealedBlobs1767830400000 } from './0002-sealed-blobs.js';
import { AccessTokens1767398400000 } from './0003-access-tokens.js';
import { Dimse1767484800000 } from './0004-dimse.js';
import { WayOut1767916800005 } from './0005-way-out.js';
import { Reading1767916800006 } from './0006-reading.js';
import { Drive1767916800007 } from './0007-drive.js';
import { Documents1767916800008 } from './0008-documents.js';
import { SessionWalls1767916800010 } from './0010-session-walls.js';
import { Ftps1767916800011 } from './0011-ftps.js';
import { Installation1767916800012 } from './0012-installation.js';
import { SessionPermits1767916800018 } from './0018-session-permits.js';
import { Isolation1767916800019 } from './0019-isolation.js';
import { Results1767916800020 } from './0020-results.js';
import { Watermark1767916800021 } from './0021-watermark.js';
import { Egress1767916800022 } from './0022-egress.js';
import { Reservations1767916800023 } from './0023-reservations.js';
import { SessionPeaks1767916800025 } from './0025-session-peaks.js';
import { Losses1767916800027 } from './0027-losses.js';
import { ResultsSeen1767916800028 } from './0028-results-seen.js';
import { Checkpoints1767916800029 } from './0029-checkpoints.js';
import { Studio1767916800024 } from './0024-studio.js';

/** In the order in which they run. A migration that has been released is never changed. */
export const migrations = [
  Initial1767225600000,
  SealedBlobs1767830400000,
  AccessTokens1767398400000,
  Dimse1767484800000,
  WayOut1767916800005,
  Reading1767916800006,
  Drive1767916800007,
  Documents1767916800008,
  SessionWalls1767916800010,
  Ftps1767916800011,
  Installation1767916800012,
  SessionPermits1767916800018,
  Isolation1767916800019,
  Results1767916800020,
  Watermark1767916800021,
  Egress1767916800022,
  Reservations1767916800023,
  Studio1767916800024,
  SessionPeaks1767916800025,
  Losses1767916800027,
  ResultsSeen1767916800028,
  Checkpoints1767916800029,
];

/** False for the name of a migration of a newer version. */
export const knowsMigration = (name: string): boolean => migrations.some((one) => one.name === name);
