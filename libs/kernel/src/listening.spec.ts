import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { explainListening } from './listening.js';

describe('explainListening', () => {
  it('names the remedy for a port that a user without rights may not take, and keeps the cause', () => {
    const refused = Object.assign(new Error('listen EACCES'), {
      code: 'EACCES',
      syscall: 'listen',
      port: 104,
    });
    const told = explainListening(refused) as Error;
    expect(told.message).toMatch(/^Port 104 .*CAP_NET_BIND_SERVICE/);
    expect(told.cause).toBe(refused);
  });

  it('leaves every other failure as it is', async () => {
    const [first, second] = [createServer(), createServer()];
    await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
    const taken = await new Promise((resolve) => {
      second.once('error', resolve);
      second.listen((first.address() as { port: number }).port, '127.0.0.1');
    });
    first.close();
    expect(explainListening(taken)).toBe(taken);
  });
});
