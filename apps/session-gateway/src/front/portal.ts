import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import express, { Router, type NextFunction, type Request, type Response } from 'express';
import { Problem } from '@vitrine/kernel';
import { problemBody } from './problem-body.js';
import { styleNonce } from './security-headers.js';

const INDEX = '/index.html';
const NONCE_MARK = /__CSP_NONCE__/g;
/** Vite puts a hash of the content into these names, so what they hold never changes. */
const HASHED = /[\\/]assets[\\/]/;

/** A name with an extension is a file's, and a file that is not there is not a page. */
const isFile = (path: string): boolean => path !== INDEX && /\.[a-z0-9]+$/i.test(path);

/** Serves the built portal; every path that is no file is a page of it. */
export function portal(portalDir: string): Router {
  const index = new IndexPage(join(portalDir, 'index.html'));
  const files = express.static(portalDir, {
    index: false,
    dotfiles: 'ignore',
    redirect: false,
    setHeaders: (response, path) =>
      response.setHeader(
        'Cache-Control',
        HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      ),
  });
  const page = async (request: Request, response: Response, next: NextFunction) => {
    if ((request.method !== 'GET' && request.method !== 'HEAD') || isFile(request.path)) {
      next();
      return;
    }
    const html = await index.read();
    if (html === undefined) {
      next(new Problem('kernel.busy'));
      return;
    }
    response
      .type('html')
      .setHeader('Cache-Control', 'no-store')
      .send(html.replace(NONCE_MARK, styleNonce(response)));
  };
  return Router()
    .get(INDEX, page)
    .use(files, page, (_request: Request, response: Response) =>
      sendProblem(response, new Problem('kernel.not-found')),
    )
    .use((thrown: unknown, _request: Request, response: Response, next: NextFunction) => {
      // Too late for an answer of ours: the framework then ends the connection.
      if (response.headersSent) next(thrown);
      else sendProblem(response, toProblem(thrown));
    });
}

function sendProblem(response: Response, problem: Problem): void {
  response
    .status(problem.row.http)
    .setHeader('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem)));
}

/** The framework's own errors (a path that cannot be decoded, a range that cannot be served) blame the caller. */
const toProblem = (thrown: unknown): Problem =>
  thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number' && thrown.status < 500
    ? new Problem(thrown.status === 404 ? 'kernel.not-found' : 'kernel.invalid', { cause: thrown })
    : Problem.from(thrown);

/** Keeps the page in memory until its file changes. */
class IndexPage {
  private text = '';
  private changedMs = -1;

  constructor(private readonly path: string) {}

  async read(): Promise<string | undefined> {
    try {
      const { mtimeMs } = await stat(this.path);
      if (mtimeMs !== this.changedMs) {
        this.text = await readFile(this.path, 'utf8');
        this.changedMs = mtimeMs;
      }
      return this.text;
    } catch {
      return undefined;
    }
  }
}
