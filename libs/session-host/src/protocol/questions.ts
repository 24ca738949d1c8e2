import { ISOLATIONS } from '@vitrine/hypervisor';
import { STAGED } from '../local/record-copier.js';
import { LARGEST_PICTURE_INPUT, LARGEST_SIDE } from '../pictures.js';
import {
  flag,
  integer,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
  union,
  type Decoded,
} from './decode.js';

/** More files than any study has; the longest list fits into a frame. */
const MOST_FILES = 40_000;
const LARGEST_FILE = 2 ** 40;
const MOST_ITEMS = 1000;
const MOST_SESSIONS = 4096;
/** Of the record of acts, in one checkpoint. */
const MOST_LINES = 1_000_000;
const LONGEST_PAGE = 6 * 1024 * 1024;

const id = text(/^[0-9a-f]{32}$/, 32);
const digest = text(/^sha256:[0-9a-f]{64}$/, 71);
const isolation = oneOf(...ISOLATIONS);
const role = oneOf('viewer', 'guacd');
const registration = nullable(text(/^[A-Za-z0-9_-]{1,100}$/, 100));
const permit = text(/^[A-Za-z0-9_.-]+$/, 5000);
const key = text(/^[A-Za-z0-9+/]{43}=$/, 44);
/** Relative, of neutral names of ours: no dot comes first, so none leads up, and the sign of the end is not among them. */
const path = text(/^[a-z0-9][a-z0-9-]{0,40}\/[a-z0-9][a-z0-9-]{0,40}(\.[a-z0-9]{1,8}){0,3}$/, 120);
const reference = text(/^[a-z0-9][A-Za-z0-9._/:@-]{0,254}$/, 255);

const sealed = {
  blobId: id,
  bytes: integer(0, LARGEST_FILE),
  version: integer(1, 1e9),
  key,
  staged: optional(text(STAGED, 70)),
};
const word = text(/^[a-z0-9-]{1,32}$/, 32);
// Of the patient's record; a viewer shows it as a text.
const words = text(/^[^\0]*$/, 2000);
const content = object({
  version: integer(1, 1),
  items: list(
    object({ id, kind: word, title: words, files: list(object({ path, format: word }), MOST_FILES) }),
    MOST_ITEMS,
  ),
});
const arriving = object({
  version: integer(1, 1),
  arrived: integer(0, MOST_FILES),
  items: list(
    object({
      id,
      kind: word,
      title: words,
      studyInstanceUid: optional(words),
      files: list(object({ path, format: word, part: integer(0, MOST_FILES) }), MOST_FILES),
    }),
    MOST_ITEMS,
  ),
});
const picture = union('kind', {
  thumbnail: object({ kind: oneOf('thumbnail'), format: oneOf('dicom', 'pdf', 'image') }),
  render: object({
    kind: oneOf('render'),
    frame: integer(1, 1e6),
    width: integer(1, LARGEST_SIDE),
    height: integer(1, LARGEST_SIDE),
    onlyShrink: flag,
    window: optional(object({ center: number(-1e9, 1e9), width: number(-1e9, 1e9) })),
  }),
});
const wish = union('role', {
  viewer: object({
    role: oneOf('viewer'),
    imageDigest: digest,
    isolation,
    registration,
    results: optional(flag),
    egress: flag,
  }),
  candidate: object({ role: oneOf('candidate'), imageDigest: digest, isolation }),
  guacd: object({ role: oneOf('guacd') }),
});

/** One line that a person reads. */
const line = (longest: number) => text(/^[^\p{Cc}]+$/u, longest);
const newImage = object({
  id: text(/^[a-z][a-z0-9-]{0,31}$/, 32),
  version: text(/^[0-9][a-z0-9.]{0,15}$/, 16),
  title: line(80),
  sentence: line(200),
  licence: line(80),
  formats: list(text(/^[a-z][a-z0-9-]{0,31}$/, 32), 32),
  rank: integer(0, 1000),
  resources: object({
    cpus: number(0.1, 16),
    memoryMiB: integer(32, 16_384),
    pids: integer(8, 4096),
    scratchMiB: integer(4, 8192),
  }),
  network: oneOf('none', 'loopback'),
  maximumMinutes: integer(5, 1440),
  command: list(line(200), 32),
});

/** All that can be asked of the host, and the exact form of each question. */
export const QUESTIONS = {
  findImage: object({ reference }),
  isolations: object({}),
  plan: object({ sessionId: id }),
  prepare: object({ sessionId: id, candidate: flag }),
  start: object({ sessionId: id, wish }),
  observe: object({ sessionId: id, role }),
  examine: object({ sessionId: id, role }),
  answers: object({ sessionId: id, role }),
  destroy: object({ sessionId: id, role }),
  attach: object({
    sessionId: id,
    permit: nullable(permit),
    claim: object({
      patientId: id,
      blobIds: list(id, MOST_FILES),
      bytes: integer(0, LARGEST_FILE),
      files: integer(0, MOST_FILES),
      scratch: flag,
    }),
  }),
  resume: object({ sessionId: id, coming: arriving }),
  writeArriving: object({ sessionId: id, content: arriving }),
  copy: object({ sessionId: id, objects: list(object({ ...sealed, path }), MOST_FILES) }),
  writePage: object({
    sessionId: id,
    path,
    content: text(/^[A-Za-z0-9+/]*={0,2}$/, LONGEST_PAGE),
  }),
  writeOpen: object({ sessionId: id, content }),
  isLaidOut: object({ sessionId: id }),
  word: object({ sessionId: id }),
  collect: object({ sessionId: id }),
  withResults: object({ sessionIds: list(id, MOST_SESSIONS) }),
  remove: object({ sessionId: id }),
  list: object({}),
  memory: object({ sessionIds: list(id, MOST_SESSIONS) }),
  watch: object({}),
  release: object({}),
  register: object({ sessionId: id }),
  sweepCandidates: object({}),
  openBuild: object({
    sessionId: id,
    permit,
    base: object({ imageDigest: digest, isolation, registration }),
  }),
  freezeBuild: object({ sessionId: id, permit, image: newImage }),
  packages: object({ imageDigest: digest }),
  draw: object({
    patientId: id,
    object: object({ ...sealed, bytes: integer(0, LARGEST_PICTURE_INPUT) }),
    job: picture,
  }),
  notaryState: object({}),
  signCheckpoint: object({
    claim: object({
      number: integer(1, Number.MAX_SAFE_INTEGER),
      previous: text(/^([0-9a-f]{64})?$/, 64),
      firstSequence: integer(1, Number.MAX_SAFE_INTEGER),
      lastSequence: integer(1, Number.MAX_SAFE_INTEGER),
      lines: integer(1, MOST_LINES),
      sha256: text(/^[0-9a-f]{64}$/, 64),
    }),
  }),
} as const;

export type QuestionName = keyof typeof QUESTIONS;
export type Question<N extends QuestionName> = Decoded<(typeof QUESTIONS)[N]>;

/** What a client says: a question under a number of its own, or that it no longer wants the answer. */
export const MESSAGE = union('kind', {
  ask: object({
    kind: oneOf('ask'),
    id: integer(1, 2 ** 31),
    name: oneOf(...(Object.keys(QUESTIONS) as QuestionName[])),
    question: (untrusted: unknown) => untrusted,
  }),
  cancel: object({ kind: oneOf('cancel'), id: integer(1, 2 ** 31) }),
});
