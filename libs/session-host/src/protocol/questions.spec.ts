import { randomInt } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { BadMessage } from './decode.js';
import { MESSAGE, QUESTIONS, type QuestionName } from './questions.js';

const ROUNDS = 2_000;
const sessionId = newId();
const blobId = newId();
const digest = `sha256:${'a'.repeat(64)}`;
const key = Buffer.alloc(32).toString('base64');
const permit = 'eyJ.a-b_c';
const path = 'item-1/000001.dcm';
const claim = { patientId: newId(), blobIds: [blobId], bytes: 10, files: 1, scratch: false };
const sealed = { blobId, bytes: 10, version: 1, key, staged: undefined };
const arriving = {
  version: 1,
  arrived: 0,
  items: [
    {
      id: newId(),
      kind: 'imaging',
      title: 'CT',
      studyInstanceUid: '1.2.3',
      files: [{ path, format: 'dicom', part: 0 }],
    },
  ],
};

/** Each question as it is rightly asked, with every field that it has. One that is added has to be entered here. */
const RIGHT: Readonly<Record<QuestionName, readonly object[]>> = {
  findImage: [{ reference: 'vitrine/ohif:1' }],
  isolations: [{}],
  plan: [{ sessionId }],
  prepare: [{ sessionId, candidate: false }],
  start: [
    {
      sessionId,
      wish: {
        role: 'viewer',
        imageDigest: digest,
        isolation: 'standard',
        registration: 'abc',
        results: true,
        egress: false,
      },
    },
    { sessionId, wish: { role: 'candidate', imageDigest: digest, isolation: 'strong' } },
    { sessionId, wish: { role: 'guacd' } },
  ],
  observe: [{ sessionId, role: 'viewer' }],
  examine: [{ sessionId, role: 'guacd' }],
  answers: [{ sessionId, role: 'viewer' }],
  destroy: [{ sessionId, role: 'guacd' }],
  attach: [{ sessionId, permit, claim }],
  resume: [{ sessionId, coming: arriving }],
  writeArriving: [{ sessionId, content: arriving }],
  copy: [{ sessionId, objects: [{ ...sealed, path }] }],
  writePage: [{ sessionId, path, content: 'AAAA' }],
  writeOpen: [
    {
      sessionId,
      content: {
        version: 1,
        items: [{ id: newId(), kind: 'imaging', title: 'CT', files: [{ path, format: 'dicom' }] }],
      },
    },
  ],
  isLaidOut: [{ sessionId }],
  word: [{ sessionId }],
  collect: [{ sessionId }],
  withResults: [{ sessionIds: [sessionId] }],
  remove: [{ sessionId }],
  list: [{}],
  memory: [{ sessionIds: [sessionId] }],
  watch: [{}],
  release: [{}],
  register: [{ sessionId }],
  sweepCandidates: [{}],
  openBuild: [
    { sessionId, permit, base: { imageDigest: digest, isolation: 'standard', registration: 'abc' } },
  ],
  freezeBuild: [
    {
      sessionId,
      permit,
      image: {
        id: 'reader',
        version: '1.0',
        title: 'Reader',
        sentence: 'Shows.',
        licence: 'MIT',
        formats: ['pdf'],
        rank: 1,
        resources: { cpus: 1, memoryMiB: 512, pids: 64, scratchMiB: 64 },
        network: 'none',
        maximumMinutes: 60,
        command: ['feh', '{files}'],
      },
    },
  ],
  packages: [{ imageDigest: digest }],
  draw: [
    { patientId: newId(), object: sealed, job: { kind: 'thumbnail', format: 'pdf' } },
    {
      patientId: newId(),
      object: sealed,
      job: {
        kind: 'render',
        frame: 1,
        width: 10,
        height: 10,
        onlyShrink: true,
        window: { center: 1, width: 2 },
      },
    },
  ],
  notaryState: [{}],
  signCheckpoint: [
    {
      claim: {
        number: 2,
        previous: 'b'.repeat(64),
        firstSequence: 3,
        lastSequence: 4,
        lines: 2,
        sha256: 'a'.repeat(64),
      },
    },
  ],
};

const ALL = (Object.keys(RIGHT) as QuestionName[]).flatMap((name) =>
  RIGHT[name].map((question) => ({ name, question })),
);
/** `optional` in questions.ts: without these a question is one still. */
const OPTIONAL = ['results', 'staged', 'studyInstanceUid', 'window'];

type Fields = Record<string, unknown>;
/** Every object of a question and of what is in it, with where it lies. */
function objectsIn(value: unknown, at = ''): { readonly at: string; readonly fields: Fields }[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => objectsIn(one, `${at}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  const within = Object.entries(value).flatMap(([name, one]) => objectsIn(one, `${at}.${name}`));
  return [{ at, fields: value as Fields }, ...within];
}

/** A copy as it comes from the socket, in which `change` was done to one of its objects. */
function changed(question: object, which: number, change: (fields: Fields) => void): unknown {
  const copy = structuredClone(question);
  change(objectsIn(copy)[which]!.fields);
  return copy;
}

const isTaken = (name: QuestionName, question: unknown): boolean => {
  try {
    QUESTIONS[name](question, name);
    return true;
  } catch (error) {
    if (error instanceof BadMessage) return false;
    throw error;
  }
};

describe('what can be asked of the session host', () => {
  it('is every question, rightly asked', () => {
    expect(Object.keys(RIGHT).sort()).toEqual(Object.keys(QUESTIONS).sort());
    expect(ALL.filter(({ name, question }) => !isTaken(name, question))).toEqual([]);
  });

  it('has no field more, in any of its parts', () => {
    const taken = ALL.flatMap(({ name, question }) =>
      objectsIn(question).flatMap((_, which) =>
        ['command', 'mounts', 'user', 'network2', '__proto__', 'constructor', ''].filter((field) => {
          const more = changed(question, which, (fields) =>
            Object.defineProperty(fields, field, { value: 'x', enumerable: true }),
          );
          return isTaken(name, more);
        }),
      ),
    );
    expect(taken).toEqual([]);
  });

  it('has no field less', () => {
    const taken = ALL.flatMap(({ name, question }) =>
      objectsIn(question).flatMap(({ at, fields }, which) =>
        Object.keys(fields)
          .filter((field) => !OPTIONAL.includes(field))
          .filter((field) =>
            isTaken(
              name,
              changed(question, which, (one) => Reflect.deleteProperty(one, field)),
            ),
          )
          .map((field) => [name, at, field]),
      ),
    );
    expect(taken).toEqual([]);
  });

  it('has in no field a value of another kind', () => {
    const others = [[], [[]], {}, { length: 1 }, '\0', '../../etc', 'a\nb', -1, 1.5, 1e300, Number.NaN];
    const taken = ALL.flatMap(({ name, question }) =>
      objectsIn(question).flatMap(({ at, fields }, which) =>
        Object.entries(fields).flatMap(([field, right]) =>
          others
            // Empty lists, and texts that a person reads, may be what they are; a window is set by any number.
            .filter((other) => !(Array.isArray(right) && Array.isArray(other) && other.length === 0))
            .filter(
              (other) =>
                !(
                  typeof other === 'string' &&
                  ['title', 'sentence', 'licence', 'studyInstanceUid'].includes(field) &&
                  other !== '\0'
                ),
            )
            .filter(
              (other) => !(typeof other === 'number' && typeof right === 'number' && at.endsWith('.window')),
            )
            .filter((other) => !(other === 1.5 && field === 'cpus'))
            .filter((other) =>
              isTaken(
                name,
                changed(question, which, (one) => Object.assign(one, { [field]: other })),
              ),
            )
            .map((other) => [name, at, field, other]),
        ),
      ),
    );
    expect(taken).toEqual([]);
  });

  it(`is of exactly that form after ${ROUNDS} random changes of each, or is not taken`, () => {
    const values = ALL.flatMap(({ question }) =>
      objectsIn(question).flatMap(({ fields }) => Object.values(fields)),
    );
    const names = [
      ...new Set(
        ALL.flatMap(({ question }) => objectsIn(question).flatMap(({ fields }) => Object.keys(fields))),
      ),
    ];
    const any = <T>(list: readonly T[]): T => list[randomInt(list.length)]!;
    const forms = new Map(
      ALL.map(({ name }) => [
        name,
        new Set(
          RIGHT[name].flatMap((one) =>
            objectsIn(one)
              .map(({ fields }) => Object.keys(fields))
              .flat(),
          ),
        ),
      ]),
    );
    let taken = 0;
    for (const { name, question } of ALL)
      for (let round = 0; round < ROUNDS; round++) {
        const other = changed(question, randomInt(objectsIn(question).length), (fields) => {
          for (let times = randomInt(1, 4); times > 0; times--)
            fields[any(names)] = structuredClone(any(values));
        });
        if (!isTaken(name, other)) continue;
        taken++;
        const fields = objectsIn(other).flatMap((one) => Object.keys(one.fields));
        expect([name, fields.filter((field) => !forms.get(name)!.has(field))]).toEqual([name, []]);
      }
    // Or the changes were of a kind that nothing survives, and said nothing.
    expect(taken).toBeGreaterThan(0);
  });

  it('has a name, which is one of these', () => {
    for (const name of [
      'exec',
      'toString',
      '__proto__',
      'constructor',
      'hasOwnProperty',
      '',
      'LIST',
      null,
      1,
    ])
      expect(() => MESSAGE({ kind: 'ask', id: 1, name, question: {} }, 'message')).toThrow(BadMessage);
    for (const more of [{ as: 'root' }, { id: 0 }, { id: 1.5 }, { kind: 'answer' }])
      expect(() => MESSAGE({ kind: 'ask', id: 1, name: 'list', question: {}, ...more }, 'message')).toThrow(
        BadMessage,
      );
  });
});
