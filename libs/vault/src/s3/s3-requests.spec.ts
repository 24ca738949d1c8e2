import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { S3Requests } from './s3-requests.js';

const CONTENT = Buffer.from('0123456789'.repeat(20_000));
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const refusal =
  (status: number, code: string): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
  };
const range = ({ headers }: IncomingMessage) => {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
  return { start: Number(start), end: Math.min(Number(end) + 1, CONTENT.length) };
};
const head = (request: IncomingMessage, response: ServerResponse) => {
  const { start, end } = range(request);
  response.writeHead(206, {
    'content-range': `bytes ${start}-${end - 1}/${CONTENT.length}`,
    'content-length': end - start,
  });
  return CONTENT.subarray(start, end);
};
const whole: Answer = (request, response) => response.end(head(request, response));
const cut: Answer = (request, response) => {
  const bytes = head(request, response);
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
};
const hangUp: Answer = (request) => request.socket.destroy();

describe('Requests to object storage', () => {
  let folder: string;
  let server: Server;
  let requests: S3Requests;
  let answers: Answer[];
  let asked: number;

  beforeEach(async () => {
    asked = 0;
    folder = mkdtempSync(join(tmpdir(), 'vitrine-s3-'));
    const credentialsFile = join(folder, 'credentials');
    writeFileSync(credentialsFile, 'id\nsecret\n');
    server = createServer((request, response) => {
      asked++;
      (answers.length > 1 ? answers.shift() : answers[0])?.(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const place = { region: 'us-east-1', bucket: 'records', prefix: 'p', pathStyle: true };
    requests = await S3Requests.open({ endpoint, credentialsFile, ...place });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function read(start: number, end: number, signal?: AbortSignal) {
    const bytes = Buffer.alloc(end - start);
    const take = (chunk: Buffer, at: number) => chunk.copy(bytes, at - start);
    return { size: await requests.range('p/x', { start, end }, take, signal), bytes };
  }

  it('give the part that was asked for, and the size of the whole', async () => {
    answers = [whole];
    const { size, bytes } = await read(5, 100_005);
    expect(size).toBe(CONTENT.length);
    expect(bytes.equals(CONTENT.subarray(5, 100_005))).toBe(true);
  });

  it.each([
    ['an answer that was cut', cut],
    ['a connection that was cut', hangUp],
    ['a store that is busy', refusal(503, 'SlowDown')],
    ['a clock that was wrong', refusal(403, 'RequestTimeTooSkewed')],
  ])('are sent again after %s', async (_what, failure) => {
    answers = [failure, failure, whole];
    const { bytes } = await read(0, CONTENT.length);
    expect(bytes.equals(CONTENT)).toBe(true);
    expect(asked).toBe(3);
  });

  it('end at some time', async () => {
    answers = [hangUp];
    await expect(read(0, 10)).rejects.toMatchObject({ code: 'vault.unreachable' });
    expect(asked).toBe(6);
  });

  it('end at once when nobody wants them any more', async () => {
    const ending = new AbortController();
    answers = [() => ending.abort(new Error('left'))];
    await expect(read(0, 10, ending.signal)).rejects.toThrow('left');
    expect(asked).toBe(1);
  });

  it.each([
    ['says that the object is not there', refusal(404, 'NoSuchKey'), 'vault.damaged'],
    ['has less of it', refusal(416, 'InvalidRange'), 'vault.damaged'],
    ['has no such bucket', refusal(404, 'NoSuchBucket'), 'vault.unreachable'],
    ['refuses the credentials', refusal(403, 'AccessDenied'), 'vault.unreachable'],
    ['is another server', refusal(404, 'Hello'), 'vault.unreachable'],
    [
      'gives everything where a part was asked for',
      (_r, response) => response.end(CONTENT),
      'vault.unreachable',
    ],
    ['has no room', refusal(507, 'InsufficientStorage'), 'vault.disk-full'],
    ['has no room for us', refusal(403, 'QuotaExceeded'), 'vault.disk-full'],
  ] satisfies [string, Answer, string][])('take a store that %s at its word', async (_what, answer, code) => {
    answers = [answer];
    await expect(read(0, 10)).rejects.toMatchObject({ code });
  });

  it('are refused without credentials that can be read', async () => {
    const place = {
      endpoint: 'http://127.0.0.1',
      region: 'x',
      bucket: 'records',
      prefix: 'p',
      pathStyle: true,
    };
    const missing = join(folder, 'missing');
    await expect(S3Requests.open({ ...place, credentialsFile: missing })).rejects.toThrow(
      `${missing} cannot be read`,
    );
    for (const text of ['', 'id', 'id\n\n', 'one\ntwo\nthree']) {
      writeFileSync(join(folder, 'bad'), text);
      await expect(S3Requests.open({ ...place, credentialsFile: join(folder, 'bad') })).rejects.toThrow(
        'two lines',
      );
    }
  });
});
