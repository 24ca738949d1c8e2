import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import { IsEmail, IsOptional, IsString } from 'class-validator';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Response } from 'express';
import request from 'supertest';
import { Problem } from '@vitrine/kernel';
import { smallApp, type SmallApp } from '../../testing/small-app.js';
import {
  Address,
  CurrentPatient,
  Public,
  RateLimited,
  Roles,
  SignedIn,
  sseStream,
  Visitor,
  WithoutRequestHeader,
  type CallerRequest,
} from './index.js';

// Passwords are hashed at full cost, on machines that may be busy.
jest.setTimeout(60_000);

class Letter {
  @IsOptional()
  @IsString()
  copy?: string;

  @IsEmail()
  to!: string;

  @IsString()
  text!: string;
}

@Controller('samples')
class Samples {
  @Get('forgotten')
  forgotten() {
    return 'open to all';
  }

  @Public()
  @Get('public')
  open() {
    return { fine: true };
  }

  @SignedIn()
  @Get('signed-in')
  signedIn() {
    return {};
  }

  @Roles('patient')
  @Get('patient')
  patient(@CurrentPatient() patient: object) {
    return patient;
  }

  @Visitor()
  @Get('visitor')
  visitor() {
    return {};
  }

  @Public()
  @Get('bug')
  bug() {
    throw new Error('the password of Jane is secret');
  }

  @Public()
  @Get('locked')
  locked() {
    throw new Problem('delegation.wrong-passcode', { extensions: { remainingTries: 3 } });
  }

  @Public()
  @Post('letters')
  letter(@Body() letter: Letter) {
    return letter;
  }

  @Public()
  @WithoutRequestHeader()
  @Post('uploads')
  upload() {
    return {};
  }

  @Public()
  @RateLimited(3)
  @Get('limited')
  limited(@Address() address: string) {
    return { address };
  }

  @Public()
  @Get('events')
  events(@Req() req: CallerRequest, @Res() res: Response) {
    return sseStream(req, res, (send, end) => {
      send({ step: 1 });
      const timer = setTimeout(() => {
        send({ step: 2 });
        end();
      }, 10);
      return () => clearTimeout(timer);
    });
  }
}

describe('what holds for every route', () => {
  let small: SmallApp;

  beforeAll(async () => {
    small = await smallApp({ controllers: [Samples] });
  });
  afterAll(() => small.close());

  const get = (path: string) => request(small.server).get(`/api/samples/${path}`);
  const post = (path: string) => request(small.server).post(`/api/samples/${path}`);
  const letter = { to: 'jane@example.org', text: 'hello' };

  it('refuses a route that does not say who may use it', async () => {
    const answer = await get('forgotten').expect(403);
    expect(answer.body).toMatchObject({ code: 'identity.not-allowed' });
  });

  it('lets anybody use a public route and lets nothing be cached', async () => {
    const answer = await get('public').expect(200, { fine: true });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['x-powered-by']).toBeUndefined();
  });

  it.each(['signed-in', 'patient'])('asks a stranger to sign in first: %s', async (path) => {
    const answer = await get(path).expect(401);
    expect(answer.body).toMatchObject({ code: 'identity.not-signed-in' });
  });

  it('asks a stranger for a link where a visit is needed', async () => {
    const answer = await get('visitor').set('Cookie', 'vitrine_visit=guessed').expect(401);
    expect(answer.body).toMatchObject({ code: 'delegation.visit-over' });
  });

  it('tells a Problem as RFC 9457 has it, with its extensions', async () => {
    const answer = await get('locked').expect(403);
    expect(answer.type).toBe('application/problem+json');
    expect(answer.body).toEqual({
      type: 'urn:vitrine:problem:delegation.wrong-passcode',
      title: 'Forbidden',
      status: 403,
      code: 'delegation.wrong-passcode',
      detail: 'The passcode is not right.',
      instance: expect.stringMatching(/^urn:vitrine:request:[0-9a-f]{32}$/),
      retry: 'never',
      remainingTries: 3,
    });
  });

  it('hides the text of what nobody foresaw', async () => {
    const answer = await get('bug').expect(500);
    expect(answer.body).toMatchObject({ code: 'kernel.unexpected' });
    expect(answer.text).not.toContain('Jane');
  });

  it.each(['/api/nothing', '/api/samples/nothing'])(
    'answers %s like a page that is not there',
    async (path) => {
      const answer = await request(small.server).get(path).expect(404);
      expect(answer.body).toMatchObject({ code: 'kernel.not-found' });
    },
  );

  it('takes null for not said', async () => {
    const send = (body: object) => post('letters').set('X-Vitrine', '1').send(body);
    await send({ ...letter, copy: null }).expect(201, letter);
    expect((await send({ ...letter, text: null }).expect(400)).body).toMatchObject({ fields: ['text'] });
  });

  it.each([null, [], [letter], 'text', 42])('refuses the body %j', async (body) => {
    const answer = await post('letters')
      .set({ 'X-Vitrine': '1', 'Content-Type': 'application/json' })
      .send(JSON.stringify(body));
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'kernel.invalid' });
  });

  it('names the members that are not right, but not their values', async () => {
    const answer = await post('letters').set('X-Vitrine', '1').send({ to: 'nowhere', extra: 'secret' });
    expect(answer.body).toMatchObject({ code: 'kernel.invalid', fields: ['extra', 'to', 'text'] });
    expect(answer.text).not.toContain('nowhere');
  });

  it.each([
    ['broken JSON', '{"to":'],
    ['too large', `{"to":"${'x'.repeat(300_000)}"}`],
    ['no object', '"text"'],
  ])('refuses a body that is %s', async (_, body) => {
    const answer = await post('letters')
      .set('X-Vitrine', '1')
      .set('Content-Type', 'application/json')
      .send(body)
      .expect(400);
    expect(answer.body).toMatchObject({ code: 'kernel.invalid' });
  });

  it.each([
    ['without the header of the portal', {}],
    ['from another site', { 'X-Vitrine': '1', Origin: 'https://evil.test' }],
    ['from a sandboxed frame', { 'X-Vitrine': '1', Origin: 'null' }],
    ['that the browser calls cross-site', { 'X-Vitrine': '1', 'Sec-Fetch-Site': 'cross-site' }],
    ['from a sister site', { 'X-Vitrine': '1', 'Sec-Fetch-Site': 'same-site' }],
  ])('refuses a change %s', async (_, headers) => {
    const answer = await post('letters').set(headers).send(letter).expect(403);
    expect(answer.body).toMatchObject({ code: 'identity.forged-request' });
  });

  it('lets a change of the portal through', async () => {
    await post('letters')
      .set({ 'X-Vitrine': '1', Origin: small.settings.publicUrl, 'Sec-Fetch-Site': 'same-origin' })
      .send(letter)
      .expect(201, letter);
  });

  it('spares uploads the header but not the check where they come from', async () => {
    await post('uploads').expect(201);
    await post('uploads').set('Origin', 'https://evil.test').expect(403);
  });

  it('limits one address without limiting another, and believes only the gateway about addresses', async () => {
    const from = (forwarded: string) => get('limited').set('X-Forwarded-For', forwarded);
    for (const invented of ['1.1.1.1', '2.2.2.2', '3.3.3.3'])
      await from(`${invented}, 192.0.2.7`).expect(200, { address: '192.0.2.7' });
    const refused = await from('4.4.4.4, 192.0.2.7').expect(429);
    expect(refused.body).toMatchObject({ code: 'kernel.too-many-requests', retryAfter: expect.any(Number) });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await from('192.0.2.8').expect(200);
  });

  it('streams events until their source ends', async () => {
    const answer = await get('events').expect(200);
    expect(answer.type).toBe('text/event-stream');
    expect(answer.text).toBe('data: {"step":1}\n\ndata: {"step":2}\n\n');
  });
});
