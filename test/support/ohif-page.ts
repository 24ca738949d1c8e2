import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { productVersion } from '@vitrine/kernel';
import { ROOT } from './root.js';

const IMAGE = `vitrine/ohif:${productVersion()}`;
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

// What docs/doors/dicomweb.md tells to write, and around it what keeps OHIF from asking people in between.
const CONFIGURATION = `
  localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour']));
  addEventListener('DOMContentLoaded', () => document.getElementById('vitrine-opening')?.remove());
  ${configurationOfThePage()}
  Object.assign(window.config, {
    routerBasename: null,
    showWarningMessageForCrossOrigin: false,
    showCPUFallbackMessage: false,
    investigationalUseDialog: { option: 'never' },
  });`;

/** The `app-config.js` that the page about DICOMweb tells to write. */
function configurationOfThePage(): string {
  const page = readFileSync(join(ROOT, 'docs/doors/dicomweb.md'), 'utf8');
  const [, text] = /^```js [^\n]+\n([^`]+)^```$/m.exec(page) ?? [];
  if (text === undefined) throw new Error('the page about DICOMweb has no configuration of OHIF');
  return text;
}

/** What OHIF asked of us, and what it got. */
export interface Exchange {
  readonly url: string;
  readonly accept: string | undefined;
  readonly status: number;
}

/** OHIF as its authors publish it, on an address of its own that passes `/dicom-web` on with a token. */
export class OhifPage {
  readonly exchanges: Exchange[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'vitrine-ohif-'));
  private readonly server: Server;

  /** @param web Address of the DICOMweb service. */
  constructor(
    private readonly web: string,
    private readonly token: string,
  ) {
    const container = execFileSync('docker', ['create', IMAGE], { encoding: 'utf8' }).trim();
    try {
      execFileSync('docker', ['cp', '-q', `${container}:/opt/ohif`, join(this.folder, 'dist')]);
    } finally {
      execFileSync('docker', ['rm', container]);
    }
    this.server = createServer((asked, answer) =>
      asked.url?.startsWith('/dicom-web/') ? this.passOn(asked, answer) : this.file(asked, answer),
    );
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private file(asked: IncomingMessage, answer: ServerResponse): void {
    const path = normalize(new URL(asked.url ?? '/', this.origin).pathname);
    // The threads that decode pictures share memory with the page.
    answer.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    answer.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    if (path === '/vitrine.js') {
      answer.setHeader('Content-Type', 'text/javascript');
      answer.end(CONFIGURATION);
      return;
    }
    const wanted = join(this.folder, 'dist', path);
    const there = existsSync(wanted) && statSync(wanted).isFile();
    const file = there ? wanted : join(this.folder, 'dist', 'index.html');
    answer.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(answer);
  }

  private passOn(asked: IncomingMessage, answer: ServerResponse): void {
    const url = asked.url?.slice('/dicom-web'.length) ?? '';
    const { accept } = asked.headers;
    const onward = request(
      `${this.web}${url}`,
      { method: asked.method, headers: { accept: accept ?? '*/*', authorization: `Bearer ${this.token}` } },
      (back) => {
        this.exchanges.push({ url, accept, status: back.statusCode ?? 0 });
        const type = back.headers['content-type'] ?? '';
        const headers = Object.fromEntries(
          Object.entries(back.headers).filter(
            ([name]) => !/^(content-length|transfer-encoding|connection)$/.test(name),
          ),
        );
        answer.writeHead(back.statusCode ?? 502, headers);
        if (!type.includes('json')) back.pipe(answer);
        else
          back.toArray().then(
            (parts) => {
              const text = Buffer.concat(parts as Buffer[]).toString();
              answer.end(text.replaceAll(this.web, `${this.origin}/dicom-web`));
            },
            () => answer.destroy(),
          );
      },
    );
    onward.once('error', () => answer.destroy());
    onward.end();
  }
}
