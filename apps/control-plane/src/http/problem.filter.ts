import { STATUS_CODES } from 'node:http';
import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { LOGGER, newId, Problem, type Logger, type ProblemCode } from '@vitrine/kernel';
import type { ProblemDto } from './problem.dto.js';

/** The one place where a failure becomes an answer: RFC 9457, from the one table, and no text of strangers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const problem = toProblem(thrown);
    const id = newId();
    this.log(problem, id, request);
    // The head of a stream or of a download is gone already: all that can be told is that it is not complete.
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { retryAfter } = problem.extensions;
    if (typeof retryAfter === 'number') response.setHeader('Retry-After', retryAfter);
    response
      .status(problem.row.http)
      .setHeader('Cache-Control', 'no-store')
      .type('application/problem+json')
      .send(JSON.stringify(bodyOf(problem, id)));
  }

  private log(problem: Problem, request: string, { method }: Request): void {
    const context = { code: problem.code, request, method, ...problem.logContext };
    if (problem.row.blame === 'caller') this.logger.debug(context, 'refused');
    else if (problem.code === 'kernel.unexpected')
      this.logger.error({ ...context, err: problem.cause }, 'bug');
    else this.logger.warn({ ...context, err: problem.cause }, 'failed');
  }
}

const bodyOf = (problem: Problem, id: string): ProblemDto => ({
  ...problem.extensions,
  type: `urn:vitrine:problem:${problem.code}`,
  title: STATUS_CODES[problem.row.http] ?? 'Error',
  status: problem.row.http,
  code: problem.code,
  detail: problem.message,
  instance: `urn:vitrine:request:${id}`,
  retry: problem.row.retry,
});

// What the framework itself throws: bodies that cannot be read, routes that do not exist.
const FRAMEWORK: Readonly<Record<number, ProblemCode>> = {
  400: 'kernel.invalid',
  401: 'identity.not-signed-in',
  403: 'identity.not-allowed',
  404: 'kernel.not-found',
  405: 'kernel.not-found',
  413: 'kernel.invalid',
  415: 'kernel.invalid',
  429: 'kernel.too-many-requests',
};

function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const status = thrown instanceof HttpException ? thrown.getStatus() : bodyParserStatus(thrown);
  const code = status === undefined ? undefined : FRAMEWORK[status];
  return code === undefined ? Problem.from(thrown) : new Problem(code, { cause: thrown });
}

/** http-errors of body-parser: only those that it itself marks as fit to be shown blame the caller. */
const bodyParserStatus = (thrown: unknown): number | undefined => {
  if (!(thrown instanceof Error) || !('expose' in thrown) || thrown.expose !== true) return undefined;
  return 'status' in thrown && typeof thrown.status === 'number' ? thrown.status : undefined;
};
