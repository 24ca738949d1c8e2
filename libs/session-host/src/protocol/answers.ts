import type { GuestObservation } from '@vitrine/hypervisor';
import type { Notary } from '@vitrine/sealing';
import type { SessionHost } from '../session-host.js';
import type { Question, QuestionName } from './questions.js';
import { toWire } from './wire-problem.js';

/** How an observation crosses the socket. */
export type WireObservation =
  | Exclude<GuestObservation, { status: 'unreachable' }>
  | { readonly status: 'unreachable'; readonly problem: ReturnType<typeof toWire> };

/** An answer that raw bytes go with, which cross the socket before it. */
export class AnswerWithBytes {
  constructor(
    readonly result: unknown,
    readonly bytes: Buffer,
  ) {}
}

/** How collected files cross the socket: their content is the bytes of the answer, one after the other. */
export interface WireCollection {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly refused: number;
}

/** Who answers. */
export interface Asked {
  readonly host: SessionHost;
  readonly notary: Notary;
}

type Answer<N extends QuestionName> = (
  asked: Asked,
  question: Question<N>,
  signal: AbortSignal,
  tell: (event: unknown) => void,
) => Promise<unknown>;

const ANSWERS: { readonly [N in QuestionName]: Answer<N> } = {
  findImage: ({ host }, { reference }, signal) => host.findImage(reference, { signal }),
  isolations: ({ host }, _, signal) => host.isolations({ signal }),
  plan: ({ host }, { sessionId }, signal) => host.plan(sessionId, { signal }),
  prepare: ({ host }, { sessionId, candidate }, signal) => host.prepare(sessionId, { candidate, signal }),
  start: ({ host }, { sessionId, wish }, signal) => host.start(sessionId, wish, { signal }),
  observe: async ({ host }, { sessionId, role }, signal): Promise<WireObservation> => {
    const seen = await host.observe(sessionId, role, { signal });
    return seen.status === 'unreachable' ? { status: 'unreachable', problem: toWire(seen.cause) } : seen;
  },
  examine: ({ host }, { sessionId, role }, signal) => host.examine(sessionId, role, { signal }),
  answers: ({ host }, { sessionId, role }, signal) => host.answers(sessionId, role, { signal }),
  destroy: ({ host }, { sessionId, role }, signal) => host.destroy(sessionId, role, { signal }),
  attach: ({ host }, { sessionId, permit, claim }, signal) =>
    host.attach(sessionId, permit, claim, { signal }),
  resume: ({ host }, { sessionId, coming }, signal) =>
    host.resume(sessionId, { ...coming, version: 1 }, { signal }),
  writeArriving: ({ host }, { sessionId, content }, signal) =>
    host.writeArriving(sessionId, { ...content, version: 1 }, { signal }),
  copy: ({ host }, { sessionId, objects }, signal) => host.copy(sessionId, objects, { signal }),
  writePage: ({ host }, { sessionId, path, content }, signal) =>
    host.writePage(sessionId, path, Buffer.from(content, 'base64'), { signal }),
  writeOpen: ({ host }, { sessionId, content }, signal) =>
    host.writeOpen(sessionId, { ...content, version: 1 }, { signal }),
  isLaidOut: ({ host }, { sessionId }, signal) => host.isLaidOut(sessionId, { signal }),
  word: ({ host }, { sessionId }, signal) => host.word(sessionId, { signal }),
  collect: async ({ host }, { sessionId }, signal) => {
    const left = await host.collect(sessionId, { signal });
    if (left === undefined) return undefined;
    const { files, refused } = left;
    const told: WireCollection = {
      files: files.map(({ name, untrustedContent }) => ({ name, bytes: untrustedContent.length })),
      refused,
    };
    return new AnswerWithBytes(told, Buffer.concat(files.map(({ untrustedContent }) => untrustedContent)));
  },
  withResults: ({ host }, { sessionIds }, signal) => host.withResults(sessionIds, { signal }),
  remove: ({ host }, { sessionId }, signal) => host.remove(sessionId, { signal }),
  list: ({ host }, _, signal) => host.list({ signal }),
  memory: ({ host }, { sessionIds }, signal) => host.memory(sessionIds, { signal }),
  watch: async ({ host }, _, signal, tell) => {
    for await (const event of host.watch({ signal })) tell(event);
  },
  release: ({ host }, _, signal) => host.release({ signal }),
  register: ({ host }, { sessionId }, signal) => host.register(sessionId, { signal }),
  sweepCandidates: ({ host }, _, signal) => host.sweepCandidates({ signal }),
  openBuild: ({ host }, { sessionId, permit, base }, signal) =>
    host.openBuild(sessionId, permit, base, { signal }),
  freezeBuild: ({ host }, { sessionId, permit, image }, signal) =>
    host.freezeBuild(sessionId, permit, image, { signal }),
  packages: async ({ host }, { imageDigest }, signal) => {
    const list = await host.packages(imageDigest, { signal });
    return list && new AnswerWithBytes(list.length, list);
  },
  draw: async ({ host }, { patientId, object, job }, signal) => {
    const order = job.kind === 'render' ? { ...job, window: job.window } : job;
    const picture = await host.draw(patientId, object, order, { signal });
    return picture && new AnswerWithBytes(picture.length, picture);
  },
  notaryState: ({ notary }, _, signal) => notary.state({ signal }),
  signCheckpoint: ({ notary }, { claim }, signal) => notary.sign(claim, { signal }),
};

/** Does what a question asks for; the question was checked. */
export const answerTo = (
  asked: Asked,
  name: QuestionName,
  question: unknown,
  signal: AbortSignal,
  tell: (event: unknown) => void,
): Promise<unknown> => ANSWERS[name](asked, question as never, signal, tell);
